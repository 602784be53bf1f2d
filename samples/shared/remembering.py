"""A handler that remembers every conversation; derive your bot from it. And what it remembered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from botbuilder.core import ActivityHandler, TurnContext
from botbuilder.schema import ChannelAccount, ConversationAccount, ConversationReference
from botframework.connector import Channels

from samples.shared.conversations import Conversation, Conversations


class Remember(ActivityHandler):
    """Stores the conversation of every activity, until the app is removed or the place is deleted.

    Args:
        conversations: the store.
        report: called with a line when a conversation was stored or forgotten.
    """

    def __init__(
        self, conversations: Conversations, *, report: Callable[[str], None] = lambda line: None
    ) -> None:
        self.conversations = conversations
        self._report = report

    async def on_turn(self, turn_context: TurnContext) -> None:
        # Every activity, whatever its type: an install event can be missing, and a service URL can
        # change. Before anything else, so that a message whose answer fails is remembered too. In a
        # thread, because a database that is slow must not keep other conversations waiting.
        if line := await asyncio.to_thread(self.conversations.follow, turn_context.activity):
            self._report(line)
        await super().on_turn(turn_context)


def reference_of(conversation: Conversation) -> ConversationReference:
    """The reference of a conversation in the store, which `continue_conversation` accepts."""
    return ConversationReference(
        # Not the enum itself: a turn would look for its state under "Channels.ms_teams/…".
        channel_id=Channels.ms_teams.value,
        service_url=conversation.service_url,
        bot=ChannelAccount(id=conversation.bot_id),
        conversation=ConversationAccount(
            id=conversation.id,
            conversation_type=conversation.kind,
            tenant_id=conversation.tenant_id,
        ),
    )
