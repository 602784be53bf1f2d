"""Targeted messages: in a group, for one person alone (facts.toml, targeted-messages)."""

from __future__ import annotations

from datetime import datetime, timedelta

from ...model.exchange import Refused
from ...model.messages import Activity
from ...model.teams import Conversation
from ...model.world import World
from .fields import field

_SEEN_FOR = timedelta(hours=24)


def check_untargeted(message: Activity) -> None:
    """Refuse what is meant for one person in a request that would show it to everybody."""
    if field(message, "recipient", "isTargeted") is True:
        text = "recipient.isTargeted needs the query option isTargetedActivity=true"
        raise Refused(400, "Bad Argument", text)


def target(world: World, conversation: Conversation, message: Activity) -> None:
    """Mark in a message for whom alone it is.

    Raises:
        Refused: the conversation is personal, or the recipient is missing or not in it. Microsoft
            publishes the status and the code; the texts are this guide's.
    """
    if conversation.kind == "personal":
        raise Refused(400, "Bad Argument", "A personal chat has no targeted messages")
    key = field(message, "recipient", "id")
    if not isinstance(key, str) or not key:
        raise Refused(400, "Bad Argument", "A targeted message needs a recipient")
    person = world.person(key)
    if person is None or person not in conversation.members:
        raise Refused(400, "Bad Argument", "The recipient is not in the conversation")
    message["recipient"] = {**world.account(person), "isTargeted": True}


def target_of(message: Activity) -> str:
    """The id of the person for whom alone a message is; empty for everybody."""
    recipient = message.get("recipient")
    targeted = isinstance(recipient, dict) and recipient.get("isTargeted") is True
    return str(recipient["id"]) if targeted and isinstance(recipient, dict) else ""


def check_target(world: World, message: Activity, *, targeted: bool) -> None:
    """Raises Refused where a request is for the other kind of message, or a day has passed."""
    sent = datetime.fromisoformat(message["timestamp"])
    if bool(target_of(message)) != targeted or (targeted and world.clock() - sent > _SEEN_FOR):
        raise Refused(404, "ActivityNotFoundInConversation")
