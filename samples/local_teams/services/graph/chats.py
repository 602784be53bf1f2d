"""Chats and channels, as Microsoft Graph tells of them and makes them."""

from __future__ import annotations

import re
import uuid
from typing import Any
from urllib.parse import quote, unquote

from ...events.actions import Happening, happen
from ...model.world import Conversation, GroupChat, Person, World
from .apps import INSTALLATION, Place, find_team, install, opaque
from .directory import find_person, person_of_teams
from .odata import Item, Type
from .parts import NOT_EXPECTED, Answer, Asked, refuse

_MEMBER = Type("microsoft.graph.aadUserConversationMember")
_CHAT = Type(
    "microsoft.graph.chat",
    {"members": _MEMBER, "installedApps": INSTALLATION},
)
_CHANNEL = Type("microsoft.graph.channel")
_OPERATION = Type("microsoft.graph.teamsAsyncOperation")


def _as_chat(world: World, conversation: Conversation) -> GroupChat:
    """A conversation as Graph sees it: the bot's personal chat is a chat too."""
    return world.group_chat(conversation) or GroupChat(
        conversation, conversation.members[0].installed
    )


def _chat(asked: Asked, chat: GroupChat) -> Item:
    world, conversation = asked.world, chat.conversation
    chat_id = world.graph_chat_id(conversation)
    one_on_one = chat_id.endswith("@unq.gbl.spaces")
    last = conversation.messages[-1]["timestamp"] if conversation.messages else chat.created
    place = Place(world, "Chat", chat_id, chat)
    return {
        "id": chat_id,
        "topic": None if one_on_one else chat.topic,
        "createdDateTime": chat.created,
        "lastUpdatedDateTime": str(last).replace("+00:00", "Z"),
        "chatType": "oneOnOne" if one_on_one else "group",
        "webUrl": f"https://teams.microsoft.com/l/chat/{quote(chat_id, safe='@')}/0"
        f"?tenantId={world.tenant_id}",
        "tenantId": world.tenant_id,
        "members": [_member(world, chat, person) for person in conversation.members],
        "installedApps": [place.installation(app) for app in world.catalog if place.has(app)],
    }


def _member(world: World, chat: GroupChat, person: Person) -> Item:
    chat_id = world.graph_chat_id(chat.conversation)
    return {
        "@odata.type": "#microsoft.graph.aadUserConversationMember",
        "id": opaque("0", world.tenant_id, chat_id, person.aad_object_id),
        "roles": chat.roles.get(person.aad_object_id, ["owner"]),
        "displayName": person.name,
        "visibleHistoryStartDateTime": "0001-01-01T00:00:00Z",
        "userId": person.aad_object_id,
        "email": person.profile.get("mail", person.email),
        "tenantId": person.profile.get("tenantId", world.tenant_id),
    }


def _find_chat(asked: Asked, key: str) -> GroupChat:
    conversation = asked.world.conversation(key)
    if conversation is None or conversation.kind == "channel":
        raise refuse(404, "NotFound", "Not Found")
    return _as_chat(asked.world, conversation)


def get_chat(asked: Asked, user: str | None, key: str) -> Answer:
    return 200, asked.one(_chat(asked, _find_chat(asked, key)), _CHAT, "chats")


def list_chats(asked: Asked, key: str) -> Answer:
    """The chats of somebody, also that with the bot, if the app is installed for them."""
    person = person_of_teams(asked.world, key)
    own = asked.world.personal_chats.get(person.id)
    chats = [_as_chat(asked.world, own)] if own and person.installed else []
    chats += [c for c in asked.world.group_chats if person in c.conversation.members]
    return 200, asked.many([_chat(asked, chat) for chat in chats], _CHAT, "chats")


def list_chat_members(asked: Asked, user: str | None, key: str) -> Answer:
    chat = _find_chat(asked, key)
    members = [_member(asked.world, chat, person) for person in chat.conversation.members]
    return 200, asked.many(members, _MEMBER, f"chats('{quote(key, safe='')}')/members")


def get_chat_member(asked: Asked, key: str, member_id: str) -> Answer:
    chat = _find_chat(asked, key)
    for person in chat.conversation.members:
        member = _member(asked.world, chat, person)
        if member["id"] == member_id:
            return 200, asked.one(member, _MEMBER, f"chats('{quote(key, safe='')}')/members")
    raise refuse(404, "NotFound", "Not Found")


def _new_member(asked: Asked, given: Any) -> tuple[Person, list[str]]:
    """Whom a body names, with their role."""
    bind = str(given.get("user@odata.bind", "")) if isinstance(given, dict) else ""
    found = re.search(r"/users(?:/|\(')([^/')]+)", bind, re.IGNORECASE)
    if found is None:
        raise refuse(
            400, "BadRequest", f"{NOT_EXPECTED}each member needs user@odata.bind, a user's URL."
        )
    key, tenant = unquote(found[1]), str(given.get("tenantId", asked.world.tenant_id))
    person = find_person(asked.world, key)
    if (
        person is None and tenant != asked.world.tenant_id
    ):  # a federated user, of whom no more is known
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

    Only beta takes `installedApps` along, and answers before it is done, with an operation.
    """
    world, body = asked.world, asked.body
    if "installedApps" in body and asked.version != "beta":
        raise refuse(400, "BadRequest", f"{NOT_EXPECTED}installedApps is for /beta only.")
    given = body.get("members")
    if not isinstance(given, list):
        raise refuse(400, "BadRequest", f"{NOT_EXPECTED}members is a list.")
    members = [_new_member(asked, one) for one in given]
    people = [person for person, _ in members]
    ids = [person.aad_object_id for person in people]
    if len(set(ids)) < len(ids):
        raise refuse(400, "BadRequest", "Duplicate chat members is specified in the request body.")
    kind, topic = body.get("chatType"), body.get("topic")
    if kind not in ("group", "oneOnOne") or (kind == "oneOnOne") != (len(ids) == 2) or not ids:
        raise refuse(
            400,
            "BadRequest",
            f"{NOT_EXPECTED}chatType is oneOnOne with two members, or group with more.",
        )
    if kind == "oneOnOne" and topic:
        raise refuse(400, "BadRequest", f"{NOT_EXPECTED}only a group has a topic.")
    if kind == "oneOnOne":
        chat_id = f"19:{'_'.join(sorted(ids))}@unq.gbl.spaces"
    else:
        number = str(len(world.group_chats))
        chat_id = f"19:{world.hexadecimal('chat', number, *ids)}@thread.v2"
    known = world.conversation(chat_id)
    chat = world.group_chat(known) if known else None
    if chat is None:
        name = topic or ", ".join(person.name for person in people)
        created = world.clock().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        roles = {person.aad_object_id: role for person, role in members}
        conversation = Conversation(chat_id, "groupChat", name, people)
        chat = GroupChat(conversation, False, topic, created, roles)
        world.add_chat(chat)
    if "installedApps" in body:
        for one in body["installedApps"]:
            inner = Asked(world, asked.version, {}, one, asked.url)
            install(inner, "chats", chat_id)
        return 202, None, {"Location": _operation_path(world, chat_id)}
    item = _chat(asked, chat)
    del item["tenantId"]
    if asked.version == "v1.0":
        del item["webUrl"]
    return 201, asked.one(item, _CHAT, "chats")


def _operation_path(world: World, chat_id: str) -> str:
    return f"/chats('{chat_id}')/operations('{_operation_id(world, chat_id)}')"


def _operation_id(world: World, chat_id: str) -> str:
    return str(uuid.uuid5(uuid.UUID(world.tenant_id), chat_id))


def get_operation(asked: Asked, key: str, operation: str) -> Answer:
    chat = _find_chat(asked, key)
    if operation != _operation_id(asked.world, key):
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
    chat = _find_chat(asked, key)
    person, roles = _new_member(asked, asked.body)
    if person in chat.conversation.members:
        raise refuse(400, "BadRequest", "Duplicate chat members is specified in the request body.")
    chat.roles[person.aad_object_id] = roles
    if chat.installed and person in asked.world.people:
        joined = Happening(person.id, "joins", chat.conversation.id)
        told = happen(asked.world, joined)
        asked.world.pending.extend(told)
    else:
        chat.conversation.members.append(person)
    member = _member(asked.world, chat, person)
    return 201, None, {"Location": f"/chats/{key}/members/{member['id']}"}


def primary_channel(asked: Asked, key: str) -> Answer:
    team = find_team(asked.world, key)
    general = team.channels[0]
    item = {
        "id": general.id,
        "createdDateTime": "2026-01-02T08:00:00Z",
        "displayName": general.name,
        "description": None,
        "isFavoriteByDefault": None,
        "email": "",
        "webUrl": f"https://teams.microsoft.com/l/channel/{quote(general.id, safe='')}/General"
        f"?groupId={team.aad_group_id}&tenantId={asked.world.tenant_id}",
        "membershipType": "standard",
    }
    return 200, asked.one(item, _CHANNEL, f"teams('{key}')/primaryChannel")
