"""Notification queue: news waits for the end of the dialog; without a dialog it is sent at once."""

import asyncio
import time
from collections.abc import AsyncIterator

from aiohttp import web
from botbuilder.core import TurnContext
from botbuilder.schema import ConversationReference
from sqlalchemy.exc import SQLAlchemyError

from samples.shared.bot import Bot, connect
from samples.shared.endpoint import serve
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.printing import first_line
from samples.shared.settings import setting
from samples.well.fit_in.booking import BookingBot
from samples.well.fit_in.waiting import WaitingMessages


class NotificationQueue(BookingBot):
    """Keeps news in a table, and sends all of it in order when no dialog is going on.

    Args:
        longest_wait: seconds after which news interrupts a dialog: it may never be finished.
        every: seconds between two looks at what still waits.
    """

    def __init__(
        self, bot: Bot, database: str, *, longest_wait: float = 1800, every: float = 60
    ) -> None:
        super().__init__(bot, database)
        self._longest_wait, self._every = longest_wait, every
        self._waiting = WaitingMessages(database)

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        async with self.one_at_a_time(turn_context):
            await self.talk(turn_context)
        await self._deliver(turn_context)

    async def notify(self, reference: ConversationReference, text: str) -> str:
        """Put a message into the queue, then send what may be sent.

        Args:
            reference: the conversation with the person.
            text: what there is to say.

        Returns:
            What became of it: "queued".
        """
        # Into the queue first, so that a dialog that ends at this moment finds it there.
        await asyncio.to_thread(self._waiting.add, reference, text)
        await self.bot.adapter.continue_conversation(reference, self._deliver, self.bot.app_id)
        return "queued"

    async def _deliver(self, turn: TurnContext) -> None:
        async with self.one_at_a_time(turn):
            going_on = await self.dialog_is_going_on(turn)
            chat_id = turn.activity.conversation.id
            for news in await asyncio.to_thread(self._waiting.all, chat_id):
                if going_on and time.time() - news.since < self._longest_wait:
                    return
                try:
                    await turn.send_activity(news.text)
                except SEND_ERRORS as error:
                    failure = Failure.of(error)
                    print(failure)
                    if failure.status is None or failure.action in ("retry", "wait"):
                        return
                # A bot that is killed before this line sends it again, rather than never.
                await asyncio.to_thread(self._waiting.remove, news)

    async def look_after(self, _: web.Application) -> AsyncIterator[None]:
        """While the bot runs: send what a restart, an outage or an unfinished dialog delayed."""

        async def look() -> None:
            while True:
                try:
                    waiting = await asyncio.to_thread(self._waiting.all)
                    by_chat = {news.conversation_id: news for news in waiting}
                    for news in by_chat.values():
                        await self.bot.adapter.continue_conversation(
                            news.reference(), self._deliver, self.bot.app_id
                        )
                except SQLAlchemyError as error:  # the database is away, and may come back
                    print(first_line(error))
                await asyncio.sleep(self._every)

        looking = asyncio.create_task(look())
        yield
        looking.cancel()


def main() -> None:
    bot = NotificationQueue(connect(), setting("CONVERSATIONS_URL"))
    app = bot.app()
    app.cleanup_ctx.append(bot.look_after)
    serve(app)


if __name__ == "__main__":
    main()
