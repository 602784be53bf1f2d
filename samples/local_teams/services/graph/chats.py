"""Reads chats, their members, and the General channel of a team."""

from __future__ import annotations

from urllib.parse import quote

from ...model.ids import is_one_on_one_chat, opaque_graph_id
from ...model.people import Person
from ...model.teams import Conversation, GroupChat
from ...model.world import World
from ..service import Answer
from .directory import find_teams_user
from .parts import Asked, refuse
from .places import INSTALLATION, Place, find_team
from .shapes import Item, Type

MEMBER = Type("microsoft.graph.aadUserConversationMember")
_CHANNEL = Type("microsoft.graph.channel")
CHAT = Type(
    "microsoft.graph.chat",
    {"members": MEMBER, "installedApps": INSTALLATION},
)


def _as_chat(world: World, conversation: Conversation) -> GroupChat:
    """A conversation as Graph sees it: a personal chat with the bot is a chat too."""
    return world.group_chat(conversation) or GroupChat(
        conversation, conversation.members[0].installed
    )


def chat_item(asked: Asked, chat: GroupChat) -> Item:
    world, conversation = asked.world, chat.conversation
    chat_id = world.graph_chat_id(conversation)
    one_on_one = is_one_on_one_chat(chat_id)
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
        "members": [member_item(world, chat, person) for person in conversation.members],
        "installedApps": [place.installation(app) for app in world.catalog if place.has(app)],
    }


def member_item(world: World, chat: GroupChat, person: Person) -> Item:
    chat_id = world.graph_chat_id(chat.conversation)
    return {
        "@odata.type": "#microsoft.graph.aadUserConversationMember",
        "id": opaque_graph_id("0", world.tenant_id, chat_id, person.aad_object_id),
        "roles": chat.roles.get(person.aad_object_id, ["owner"]),
        "displayName": person.name,
        "visibleHistoryStartDateTime": "0001-01-01T00:00:00Z",
        "userId": person.aad_object_id,
        "email": person.profile.get("mail", person.email),
        "tenantId": person.profile.get("tenantId", world.tenant_id),
    }


def find_chat(asked: Asked, key: str) -> GroupChat:
    conversation = asked.world.conversation(key)
    if conversation is None or conversation.kind == "channel":
        raise refuse(404, "NotFound", "Not Found")
    return _as_chat(asked.world, conversation)


def get_chat(asked: Asked, user: str | None, key: str) -> Answer:
    return 200, asked.one(chat_item(asked, find_chat(asked, key)), CHAT, "chats")


def list_chats(asked: Asked, key: str) -> Answer:
    """The chats of a person, and the one with the bot when the person has the app."""
    person = find_teams_user(asked.world, key)
    own = asked.world.personal_chats.get(person.id)
    chats = [_as_chat(asked.world, own)] if own and person.installed else []
    chats += [c for c in asked.world.group_chats if person in c.conversation.members]
    return 200, asked.many([chat_item(asked, chat) for chat in chats], CHAT, "chats")


def list_chat_members(asked: Asked, user: str | None, key: str) -> Answer:
    chat = find_chat(asked, key)
    members = [member_item(asked.world, chat, person) for person in chat.conversation.members]
    return 200, asked.many(members, MEMBER, f"chats('{quote(key, safe='')}')/members")


def get_chat_member(asked: Asked, key: str, member_id: str) -> Answer:
    chat = find_chat(asked, key)
    for person in chat.conversation.members:
        member = member_item(asked.world, chat, person)
        if member["id"] == member_id:
            return 200, asked.one(member, MEMBER, f"chats('{quote(key, safe='')}')/members")
    raise refuse(404, "NotFound", "Not Found")


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
