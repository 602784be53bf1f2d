"""Where the bot may read and write, and how Teams refuses elsewhere."""

from __future__ import annotations

import json

from ...model.exchange import Refused
from ...model.ids import split_thread
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
    conversation = find_known(world, conversation_id)
    if not world.bot_is_in(conversation):
        raise Refused(403, "BotNotInConversationRoster")
    return conversation


def find_known(world: World, conversation_id: str) -> Conversation:
    """A conversation, whether or not the bot is in it.

    Raises:
        Refused: there is none. The `a:` id of a personal chat is encrypted for one bot: one that
            this bot never got cannot be read (facts.toml, BadArgument).
    """
    conversation = world.conversation(conversation_id)
    if conversation is not None:
        return conversation
    own = (world.ids.personal_chat(person.id) for person in world.people)
    if conversation_id.startswith("a:") and split_thread(conversation_id)[0] not in own:
        raise Refused(403, "BadArgument", "Failed to decrypt conversation id")
    raise Refused(404, "ConversationNotFound")


def check_writable(world: World, conversation: Conversation) -> None:
    """Raises Refused where the bot may not write."""
    if not world.bot_is_in(conversation):
        raise Refused(403, "BotNotInConversationRoster")
    if conversation.moderated:
        raise Refused(403, "ConversationBlockedByUser")
    if conversation.kind == "personal" and conversation.members[0].blocked:
        raise WritesBlocked
