"""Reads who is in a conversation."""

from __future__ import annotations

from typing import Any

from ....facts import facts
from ...model.exchange import Refused
from ...model.people import Person
from ...model.world import World
from ..service import Answer
from .access import find_conversation
from .targeting import target_of


def _row(world: World, person: Person) -> dict[str, Any]:
    """A row of a roster, with the Entra object id under both names that Teams uses for it."""
    given, _, surname = person.name.partition(" ")
    return {
        "id": person.id,
        "name": person.name,
        "objectId": person.aad_object_id,
        "aadObjectId": person.aad_object_id,
        "givenName": given,
        "surname": surname,
        "email": person.email,
        "userPrincipalName": person.email,
        "tenantId": world.tenant_id,
        "userRole": "user",
    }


def list_members(world: World, _: Any, conversation_id: str) -> Answer:
    return 200, [_row(world, p) for p in find_conversation(world, conversation_id).members]


def list_activity_members(world: World, _: Any, conversation_id: str, activity_id: str) -> Answer:
    """Who can see a message: everybody in the conversation, or the one it is for."""
    conversation = find_conversation(world, conversation_id)
    message = conversation.message(activity_id)
    if message is None:
        raise Refused(404, "ActivityNotFoundInConversation")
    one = target_of(message)
    return 200, [_row(world, p) for p in conversation.members if one in ("", p.id)]


def get_member(world: World, _: Any, conversation_id: str, key: str) -> Answer:
    """By `29:` id, Entra object id or user principal name."""
    conversation = find_conversation(world, conversation_id)
    person = world.person(key) or world.person_by_upn(key)
    if person is None or person not in conversation.members:
        raise Refused(404, "MemberNotFoundInConversation", "The member is not in the conversation")
    return 200, _row(world, person)


def list_members_in_pages(world: World, query: dict[str, str], conversation_id: str) -> Answer:
    """A page of a channel's members, or all of a chat's (facts.toml, roster)."""
    conversation = find_conversation(world, conversation_id)
    members, roster = conversation.members, facts()["roster"]
    try:
        size = int(query.get("pagesize") or roster["page_size"])
        start = int(query.get("continuationtoken") or 0)
    except ValueError as error:
        raise Refused(400, "Bad Argument", "pageSize or continuationToken is wrong") from error
    if not 0 <= start <= len(members):
        raise Refused(400, "Bad Argument", "continuationToken is not from this roster")
    size = min(max(size, roster["smallest_page"]), roster["largest_page"])
    if conversation.kind != "channel":
        size = len(members)
    page: dict[str, Any] = {"members": [_row(world, p) for p in members[start : start + size]]}
    if start + size < len(members):
        page["continuationToken"] = str(start + size)
    return 200, page
