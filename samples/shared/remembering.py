"""A handler that remembers every conversation; derive your bot from it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from botbuilder.core import ActivityHandler, TurnContext
from botbuilder.schema import Activity

from samples.shared.conversations import Conversations

DELETED = ("channelDeleted", "teamDeleted", "teamHardDeleted")


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
        activity = turn_context.activity
        if is_over(activity):
            if count := await asyncio.to_thread(self.conversations.forget_activity, activity):
                self._report(f"forgot {activity.conversation.conversation_type} ({count})")
        elif await asyncio.to_thread(self.conversations.remember, activity):
            self._report(f"remembered {activity.conversation.conversation_type}")
        await super().on_turn(turn_context)


def is_over(activity: Activity) -> bool:
    """Whether the app, or in a personal chat the person, was removed, or the place was deleted."""
    if activity.type == "installationUpdate":
        return activity.action in ("remove", "remove-upgrade")
    data = activity.channel_data
    if isinstance(data, dict) and data.get("eventType") in DELETED:
        return True
    removed = [member.id for member in activity.members_removed or []]
    return activity.recipient.id in removed or (
        bool(removed) and activity.conversation.conversation_type == "personal"
    )
