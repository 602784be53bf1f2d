"""Flag: mark in the conversation's state that there is news, and bring it up when it fits."""

from botbuilder.core import TurnContext
from botbuilder.schema import ConversationReference

from samples.shared.bot import Bot, connect
from samples.shared.endpoint import serve
from samples.shared.settings import setting
from samples.well.fit_in.booking import BookingBot


class Flag(BookingBot):
    """Never writes unasked: news waits in the state until the person writes and no dialog is on."""

    def __init__(self, bot: Bot, database: str) -> None:
        super().__init__(bot, database)
        self._news = self.state.create_property("news")

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        async with self.one_at_a_time(turn_context):
            await self.talk(turn_context)
            news = await self._news.get(turn_context)
            if news and not await self.dialog_is_going_on(turn_context):
                await turn_context.send_activity(f"By the way: {news}")
                # Lowered after it is said: a send that fails leaves it up for the next turn.
                await self._news.delete(turn_context)
                await self.state.save_changes(turn_context)

    async def notify(self, reference: ConversationReference, text: str) -> str:
        """Raise the flag; what it said before is out of date and gone.

        Args:
            reference: the conversation with the person.
            text: what there is to say.

        Returns:
            What became of it: "flag set".
        """

        async def on_turn(turn: TurnContext) -> None:
            # Sends nothing: the turn is there for the state, which is found by the conversation id.
            async with self.one_at_a_time(turn):
                await self._news.set(turn, text)
                await self.state.save_changes(turn)

        await self.bot.adapter.continue_conversation(reference, on_turn, self.bot.app_id)
        return "flag set"


def main() -> None:
    bot = Flag(connect(), setting("CONVERSATIONS_URL"))
    serve(bot.app())


if __name__ == "__main__":
    main()
