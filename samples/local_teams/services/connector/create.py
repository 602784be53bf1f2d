"""Creates conversations: a personal chat with one person, or a thread in a channel."""

from __future__ import annotations

from typing import Any

from ....facts import facts
from ...model.exchange import Refused
from ...model.teams import Conversation
from ...model.world import World
from ..service import Answer
from .access import check_writable
from .activity import messages_of, read_message
from .fields import field
from .previews import refuse_previews
from .targeting import check_untargeted


def create_conversation(world: World, body: dict[str, Any]) -> Answer:
    """A personal chat with one person, or a new thread in a channel; nothing else."""
    channel_id = field(body, "channelData", "channel", "id")
    if field(body, "isGroup") and isinstance(channel_id, str):
        return _create_thread(world, body, channel_id)
    members = field(body, "members")
    user_id = field(members[0], "id") if isinstance(members, list) and len(members) == 1 else None
    if field(body, "isGroup") or not isinstance(user_id, str):
        raise Refused(400, "BadSyntax", "Incorrect conversation creation parameters")
    tenant_id = field(body, "channelData", "tenant", "id") or field(body, "tenantId")
    if not isinstance(tenant_id, str) or tenant_id.lower() != world.tenant_id:
        raise Refused(400, "BadSyntax", "Could not parse tenant id")
    chat = _find_personal_chat(world, user_id)
    if world.supports_sessions:
        return _open_session(world, chat, field(body, "activity"))
    if activity := field(body, "activity"):
        message = read_message(activity)
        check_untargeted(message)
        refuse_previews(message)
        check_writable(world, chat)
        for one in messages_of(message):
            world.post(chat, one)
    return 201, {"id": chat.id}


def _open_session(world: World, chat: Conversation, activity: Any) -> Answer:
    """A new session with a person, whose first message is its title (facts.toml, sessions)."""
    if not isinstance(activity, dict):
        row = facts()["sessions"]
        raise Refused(row["status"], row["code"], row["text"])
    message = read_message(activity)
    check_untargeted(message)
    refuse_previews(message)
    check_writable(world, chat)
    title = str(message.get("text") or message.get("summary") or "A card")[:50]
    session = world.add_session(chat.members[0], title)
    first, *_ = [world.post(session, one) for one in messages_of(message)]
    return 201, {"id": session.id, "activityId": first["id"]}


def _create_thread(world: World, body: dict[str, Any], channel_id: str) -> Answer:
    activity = field(body, "activity")
    if not isinstance(activity, dict):
        raise Refused(400, "BadSyntax", "Incorrect conversation creation parameters")
    channel = world.conversation(channel_id)
    if channel is None or channel.kind != "channel":
        raise Refused(404, "ConversationNotFound")
    message = read_message(activity)
    check_untargeted(message)
    refuse_previews(message)
    check_writable(world, channel)
    first, *others = messages_of(message)
    stored = world.post(channel, first)
    for one in others:
        world.post(channel, one, thread=stored["id"])
    return 201, {"id": stored["conversation"]["id"], "activityId": stored["id"]}


def _find_personal_chat(world: World, user_id: str) -> Conversation:
    """The chat with the person of a `29:` id or an Entra object id.

    An Entra object id needs the personal install; a `29:` id also works for a member of a team
    that has the app (facts.toml, send-proactive-messages).
    """
    person = world.person(user_id)
    if user_id.startswith("29:"):
        if person is None:
            raise Refused(403, "BadArgument", "Failed to decrypt pairwise id")
        if not person.installed and not world.shares_a_team(person):
            raise Refused(403, "ForbiddenOperationException")
    elif person is None or not person.installed:
        raise Refused(403, "ForbiddenOperationException")
    return world.personal_chat(person)
