"""Sends, updates and deletes messages."""

from __future__ import annotations

from typing import Any

from ...model.exchange import Refused
from ...model.ids import split_thread
from ...model.messages import Activity
from ...model.world import World
from ..service import Answer
from .access import check_writable, find_conversation, find_known
from .activity import messages_of, read_message
from .fields import field
from .previews import complete_quotes, refuse_previews
from .targeting import check_target, check_untargeted, target


def send(
    world: World,
    body: dict[str, Any],
    conversation_id: str,
    reply_to: str | None = None,
    *,
    targeted: bool = False,
) -> Answer:
    """Post in a conversation. `reply_to` is ignored: the SDK puts a random id there.

    Args:
        targeted: whether only the recipient sees it.
    """
    conversation = find_known(world, conversation_id)
    _, root = split_thread(conversation_id)
    refuse_previews(body)
    if field(body, "type") == "typing":  # shown for a moment, and not kept
        check_writable(world, conversation)
        return 202, None
    message = read_message(body)
    check_writable(world, conversation)
    if targeted:
        target(world, conversation, message)
    else:
        check_untargeted(message)
    complete_quotes(conversation, message)
    posted = [world.post(conversation, one, thread=root) for one in messages_of(message)]
    # Of several messages Teams names none (bot-docs#1726).
    return (201, {"id": posted[0]["id"]}) if len(posted) == 1 else (202, None)


def update(
    world: World,
    body: dict[str, Any],
    conversation_id: str,
    activity_id: str,
    *,
    targeted: bool = False,
) -> Answer:
    message = _find_own_message(world, conversation_id, activity_id)
    check_target(world, message, targeted=targeted)
    check_writable(world, find_conversation(world, conversation_id))
    changed = read_message(body)
    if len(messages_of(changed)) > 1:  # BotBuilder-MicrosoftTeams#126
        raise Refused(400, "BadSyntax", "Activity resulted into multiple skype activities")
    complete_quotes(find_conversation(world, conversation_id), changed)
    refuse_previews(changed)
    if targeted:
        if changed.get("recipient"):
            text = "A targeted message is updated without its recipient"
            raise Refused(400, "Bad Argument", text)
        changed["recipient"] = message["recipient"]
    else:
        check_untargeted(changed)
    world.update(message, changed)
    return 200, {"id": activity_id}


def delete(
    world: World, _: Any, conversation_id: str, activity_id: str, *, targeted: bool = False
) -> Answer:
    message = _find_own_message(world, conversation_id, activity_id)
    check_target(world, message, targeted=targeted)
    world.delete(message)
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
