"""Creates chats, and adds people to them."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, unquote

from ...events.actions import UserAction, perform
from ...model.clock import timestamp
from ...model.ids import one_on_one_chat, operation_id
from ...model.people import Person
from ...model.teams import Conversation, GroupChat
from ..service import Answer
from .chats import CHAT, chat_item, find_chat, member_item
from .directory import user
from .installs import install
from .parts import NOT_EXPECTED, Asked, refuse
from .shapes import Type

_OPERATION = Type("microsoft.graph.teamsAsyncOperation")
_DUPLICATE = "Duplicate chat members is specified in the request body."


def _new_member(asked: Asked, given: Any) -> tuple[Person, list[str]]:
    """The person that a body names, with their role."""
    bind = str(given.get("user@odata.bind", "")) if isinstance(given, dict) else ""
    found = re.search(r"/users(?:/|\(')([^/')]+)", bind, re.IGNORECASE)
    if found is None:
        raise refuse(
            400, "BadRequest", f"{NOT_EXPECTED}each member needs user@odata.bind, a user's URL."
        )
    key, tenant = unquote(found[1]), str(given.get("tenantId", asked.world.tenant_id))
    person = user(asked.world, key)
    if person is None and tenant != asked.world.tenant_id:  # a federated user
        person = Person(f"29:1{key}", key, key, False, profile={"tenantId": tenant})
    if person is None:
        raise refuse(404, "NotFound", "Not Found")
    roles = given.get("roles")
    allowed = (["guest"],) if person.profile.get("userType") == "Guest" else (["owner"], ["guest"])
    if roles not in allowed:
        raise refuse(
            400,
            "BadRequest",
            f"{NOT_EXPECTED}a member has the role owner, and a guest the role guest.",
        )
    return person, roles


def create_chat(asked: Asked) -> Answer:
    """A group chat, or the one chat that two people have.

    Only beta accepts `installedApps`; it answers before that is done, with an operation.
    """
    world, body = asked.world, asked.body
    if "installedApps" in body and asked.version != "beta":
        raise refuse(400, "BadRequest", f"{NOT_EXPECTED}installedApps is for /beta only.")
    if not isinstance(body.get("topic"), str | None):
        raise refuse(400, "BadRequest", f"{NOT_EXPECTED}topic is a string.")
    apps = body.get("installedApps", [])
    if not isinstance(apps, list) or not all(isinstance(one, dict) for one in apps):
        raise refuse(400, "BadRequest", f"{NOT_EXPECTED}installedApps is a list of objects.")
    members = _new_members(asked)
    people = [person for person, _ in members]
    ids = [person.aad_object_id for person in people]
    if _is_one_on_one(body, ids):
        chat_id = one_on_one_chat(*ids)
    else:
        chat_id = world.ids.group_chat(str(len(world.group_chats)), *ids)
    known = world.conversation(chat_id)
    chat = world.group_chat(known) if known else None
    if chat is None:
        topic = body.get("topic")
        name = topic or ", ".join(person.name for person in people)
        created = timestamp(world.clock()).replace("+00:00", "Z")
        roles = {person.aad_object_id: role for person, role in members}
        conversation = Conversation(chat_id, "groupChat", name, people)
        chat = world.add_chat(GroupChat(conversation, False, topic, created, roles))
    if "installedApps" in body:
        for one in apps:
            install(Asked(world, asked.version, {}, one, asked.url), "chats", chat_id)
        operation = operation_id(world.tenant_id, chat_id)
        return 202, None, {"Location": f"/chats('{chat_id}')/operations('{operation}')"}
    item = chat_item(asked, chat)
    del item["tenantId"]
    if asked.version == "v1.0":
        del item["webUrl"]
    return 201, asked.one(item, CHAT, "chats")


def _new_members(asked: Asked) -> list[tuple[Person, list[str]]]:
    """The members that a new chat is to have, each once."""
    given = asked.body.get("members")
    if not isinstance(given, list):
        raise refuse(400, "BadRequest", f"{NOT_EXPECTED}members is a list.")
    members = [_new_member(asked, one) for one in given]
    ids = {person.aad_object_id for person, _ in members}
    if len(ids) < len(members):
        raise refuse(400, "BadRequest", _DUPLICATE)
    return members


def _is_one_on_one(body: dict[str, Any], ids: list[str]) -> bool:
    """Whether a new chat is oneOnOne, and not a group."""
    kind = body.get("chatType")
    if kind not in ("group", "oneOnOne") or (kind == "oneOnOne") != (len(ids) == 2) or not ids:
        raise refuse(
            400,
            "BadRequest",
            f"{NOT_EXPECTED}chatType is oneOnOne with two members, or group with more.",
        )
    if kind == "oneOnOne" and body.get("topic"):
        raise refuse(400, "BadRequest", f"{NOT_EXPECTED}only a group has a topic.")
    return bool(kind == "oneOnOne")


def get_operation(asked: Asked, key: str, operation: str) -> Answer:
    chat = find_chat(asked, key)
    if operation != operation_id(asked.world.tenant_id, key):
        raise refuse(404, "NotFound", "Not Found")
    item = {
        "id": operation,
        "operationType": "createChat",
        "createdDateTime": chat.created,
        "status": "succeeded",
        "lastActionDateTime": chat.created,
        "attemptsCount": 1,
        "targetResourceId": key,
        "targetResourceLocation": f"/chats('{key}')",
        "error": None,
    }
    return 200, asked.one(item, _OPERATION, f"chats('{quote(key, safe='')}')/operations")


def add_member(asked: Asked, key: str) -> Answer:
    chat = find_chat(asked, key)
    person, roles = _new_member(asked, asked.body)
    if person in chat.conversation.members:
        raise refuse(400, "BadRequest", _DUPLICATE)
    chat.roles[person.aad_object_id] = roles
    if chat.installed and person in asked.world.people:
        joins = UserAction(person.id, "joins", chat.conversation.id)
        asked.world.pending.extend(perform(asked.world, joins))
    else:
        chat.conversation.members.append(person)
    member = member_item(asked.world, chat, person)
    return 201, None, {"Location": f"/chats/{key}/members/{member['id']}"}
