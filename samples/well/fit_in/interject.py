"""Interject: the message appears at once, whatever the person is doing."""

from botbuilder.core import TurnContext
from botbuilder.schema import ConversationReference

from samples.shared.bot import connect
from samples.shared.endpoint import serve
from samples.shared.sending import send
from samples.shared.settings import setting
from samples.well.fit_in.booking import BookingBot


class Interject(BookingBot):
    """Sends news as it comes, in the middle of a dialog too."""

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        async with self.one_at_a_time(turn_context):
            await self.talk(turn_context)

    async def notify(self, reference: ConversationReference, text: str) -> str:
        """Send it now.

        Args:
            reference: the conversation with the person.
            text: what there is to say.

        Returns:
            What became of it: "sent".

        Raises:
            SEND_ERRORS: Teams said no or cannot be reached; nobody tries again.
        """
        await send(self.bot, reference, text)
        return "sent"


def main() -> None:
    bot = Interject(connect(), setting("CONVERSATIONS_URL"))
    serve(bot.app())


if __name__ == "__main__":
    main()
