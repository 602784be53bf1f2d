"""Remember every conversation that the bot may post in, and forget those that it may not."""

import asyncio

from botbuilder.core import ActivityHandler, TurnContext
from botbuilder.schema import Activity

from samples.shared.bot import connect
from samples.shared.conversations import Conversations
from samples.shared.endpoint import messages_app, serve


class Remember(ActivityHandler):
    """Keeps the conversation of everything that arrives, until the app is removed from it."""

    def __init__(self, conversations: Conversations) -> None:
        self._conversations = conversations

    async def on_turn(self, turn_context: TurnContext) -> None:
        # Every activity, whatever its type: an install event can be missing, and a service URL can
        # change. Before anything else, so that a message whose answer fails is remembered too. In a
        # thread, because a database that is slow must not keep other conversations waiting.
        activity = turn_context.activity
        if is_over(activity):
            if count := await asyncio.to_thread(self._conversations.forget_activity, activity):
                print(f"forgot {activity.conversation.conversation_type} ({count})")
        elif await asyncio.to_thread(self._conversations.remember, activity):
            print(f"remembered {activity.conversation.conversation_type}")
        await super().on_turn(turn_context)


def is_over(activity: Activity) -> bool:
    """Whether the app, or in a personal chat the person, was removed from the conversation."""
    if activity.type == "installationUpdate":
        return activity.action in ("remove", "remove-upgrade")
    removed = [member.id for member in activity.members_removed or []]
    return activity.recipient.id in removed or (
        bool(removed) and activity.conversation.conversation_type == "personal"
    )


def main() -> None:
    bot, conversations = connect(), Conversations()
    print(f"conversations known: {len(conversations.all())}")
    serve(messages_app(bot, Remember(conversations)))


if __name__ == "__main__":
    main()
