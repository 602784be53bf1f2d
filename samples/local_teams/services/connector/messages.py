"""Sends, updates and deletes messages."""

from __future__ import annotations

from typing import Any

from ...model.exchange import Refused
from ...model.ids import split_thread
from ...model.messages import Activity
from ...model.world import World
from ..service import Answer
from .access import check_writable, find_conversation
from .activity import messages_of, read_message
from .fields import field


def send(
    world: World,
    body: dict[str, Any],
    conversation_id: str,
    reply_to: str | None = None,
) -> Answer:
    """Post in a conversation. `reply_to` is ignored: the SDK puts a random id there."""
    conversation = world.conversation(conversation_id)
    if conversation is None:
        raise Refused(404, "ConversationNotFound")
    _, root = split_thread(conversation_id)
    if field(body, "type") == "typing":  # shown for a moment, and not kept
        check_writable(world, conversation)
        return 202, None
    message = read_message(body)
    check_writable(world, conversation)
    posted = [world.post(conversation, one, thread=root) for one in messages_of(message)]
    # Of several messages Teams names none (bot-docs#1726).
    return (201, {"id": posted[0]["id"]}) if len(posted) == 1 else (202, None)


def update(world: World, body: dict[str, Any], conversation_id: str, activity_id: str) -> Answer:
    message = _find_own_message(world, conversation_id, activity_id)
    check_writable(world, find_conversation(world, conversation_id))
    changed = read_message(body)
    if len(messages_of(changed)) > 1:  # BotBuilder-MicrosoftTeams#126
        raise Refused(400, "BadSyntax", "Activity resulted into multiple skype activities")
    world.update(message, changed)
    return 200, {"id": activity_id}


def delete(world: World, _: Any, conversation_id: str, activity_id: str) -> Answer:
    world.delete(_find_own_message(world, conversation_id, activity_id))
    return 200, None


def _find_own_message(world: World, conversation_id: str, activity_id: str) -> Activity:
    """A message that the bot may change: one of its own that is not deleted."""
    conversation = find_conversation(world, conversation_id)
    message = conversation.message(activity_id)
    if message is None or message.get("deleted"):
        raise Refused(404, "ActivityNotFoundInConversation")
    if message["from"]["id"] != world.bot_id:
        raise Refused(403, "NotEnoughPermissions", "The bot did not send this message")
    return message
