"""Where the bot may read and write, and how Teams refuses elsewhere."""

from __future__ import annotations

import json

from ...model.exchange import Refused
from ...model.teams import Conversation
from ...model.world import World


class WritesBlocked(Refused):
    """A blocked chat is refused in a shape of its own: JSON inside the message (facts.toml)."""

    def __init__(self) -> None:
        super().__init__(403, "MessageWritesBlocked")
        inner = {
            "subCode": "MessageWritesBlocked",
            "details": self.body["error"]["message"],
            "errorCode": None,
            "errorSubCode": None,
        }
        self.body = {"errorCode": 209, "message": json.dumps(inner, indent=2)}


def find_conversation(world: World, conversation_id: str) -> Conversation:
    """A conversation that the bot is in.

    Raises:
        Refused: there is none, or the app is not installed in it.
    """
    conversation = world.conversation(conversation_id)
    if conversation is None:
        raise Refused(404, "ConversationNotFound")
    if not world.bot_is_in(conversation):
        raise Refused(403, "BotNotInConversationRoster")
    return conversation


def check_writable(world: World, conversation: Conversation) -> None:
    """Raises Refused where the bot may not write."""
    if not world.bot_is_in(conversation):
        raise Refused(403, "BotNotInConversationRoster")
    if conversation.moderated:
        raise Refused(403, "ConversationBlockedByUser")
    if conversation.kind == "personal" and conversation.members[0].blocked:
        raise WritesBlocked
