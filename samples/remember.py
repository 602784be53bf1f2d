"""Remember every conversation that the bot may write to, and forget those it may not."""

from botbuilder.core import ActivityHandler, TurnContext
from botbuilder.schema import ChannelAccount

from samples.bot import connect
from samples.conversations import Conversations
from samples.endpoint import messages_app, serve


class Remember(ActivityHandler):
    """Keeps the conversation of everything that arrives, until the app is removed from it."""

    def __init__(self, conversations: Conversations) -> None:
        self._conversations = conversations

    async def on_turn(self, turn_context: TurnContext) -> None:
        # Before anything else, so that the message that fails to be answered is remembered too.
        # Any activity will do: an install event can be missing, and a service URL can change.
        if turn_context.activity.type in ("message", "conversationUpdate", "installationUpdate"):
            self._conversations.remember(turn_context.activity)
        await super().on_turn(turn_context)

    async def on_installation_update_add(self, turn_context: TurnContext) -> None:
        print(f"remembered {turn_context.activity.conversation.conversation_type}")

    async def on_installation_update_remove(self, turn_context: TurnContext) -> None:
        self._conversations.forget_activity(turn_context.activity)
        print(f"forgot {turn_context.activity.conversation.conversation_type}")

    async def on_members_removed_activity(
        self, members_removed: list[ChannelAccount], turn_context: TurnContext
    ) -> None:
        if any(m.id == turn_context.activity.recipient.id for m in members_removed):
            self._conversations.forget_activity(turn_context.activity)


def main() -> None:
    serve(messages_app(connect(), Remember(Conversations())))


if __name__ == "__main__":
    main()
