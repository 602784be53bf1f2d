"""Notification queue: news waits for the end of the dialog; without a dialog it is sent at once."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web
from botbuilder.core import TurnContext
from botbuilder.schema import ConversationReference
from sqlalchemy import JSON, create_engine, delete, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

from samples.shared.bot import Bot, connect
from samples.shared.endpoint import serve
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.settings import setting
from samples.well.fit_in.booking import BookingBot


class Base(DeclarativeBase):
    pass


class Waiting(Base):
    """A message in the queue, with where it goes."""

    __tablename__ = "waiting"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(index=True)
    where: Mapped[dict[str, Any]] = mapped_column(JSON)
    text: Mapped[str]
    since: Mapped[float]


class NotificationQueue(BookingBot):
    """Keeps news in a table, and sends all of it in order when no dialog is going on.

    Args:
        longest_wait: seconds after which news breaks into a dialog: it may never be finished.
        every: seconds between two looks at what still waits.
    """

    def __init__(
        self, bot: Bot, database: str, *, longest_wait: float = 1800, every: float = 60
    ) -> None:
        super().__init__(bot, database)
        self._longest_wait, self._every = longest_wait, every
        engine = create_engine(database)
        Base.metadata.create_all(engine)
        self._session = sessionmaker(engine, expire_on_commit=False)

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
        news = Waiting(
            conversation_id=reference.conversation.id,
            where=reference.serialize(),
            text=text,
            since=time.time(),
        )
        # Into the queue first, so that a dialog that ends at this moment finds it there.
        with self._session.begin() as session:
            session.add(news)
        await self.bot.adapter.continue_conversation(reference, self._deliver, self.bot.app_id)
        return "queued"

    async def _deliver(self, turn: TurnContext) -> None:
        async with self.one_at_a_time(turn):
            going_on = await self.dialog_is_going_on(turn)
            for news in self._waiting(turn.activity.conversation.id):
                if going_on and time.time() - news.since < self._longest_wait:
                    return
                try:
                    await turn.send_activity(news.text)
                except SEND_ERRORS as error:
                    failure = Failure.of(error)
                    print(failure)
                    if failure.status is None or failure.action in ("retry", "wait"):
                        return
                # A bot that is killed before this line says it again, rather than never.
                with self._session.begin() as session:
                    session.execute(delete(Waiting).where(Waiting.id == news.id))

    def _waiting(self, conversation_id: str = "") -> list[Waiting]:
        rows = select(Waiting).order_by(Waiting.id)
        if conversation_id:
            rows = rows.where(Waiting.conversation_id == conversation_id)
        with self._session.begin() as session:
            return list(session.scalars(rows))

    async def look_after(self, _: web.Application) -> AsyncIterator[None]:
        """While the bot runs: send what a restart, an outage or an unfinished dialog held up."""

        async def look() -> None:
            while True:
                try:
                    for news in {each.conversation_id: each for each in self._waiting()}.values():
                        reference = ConversationReference().deserialize(news.where)
                        await self.bot.adapter.continue_conversation(
                            reference, self._deliver, self.bot.app_id
                        )
                except SQLAlchemyError as error:  # the database is away: later it may be back
                    print(error)
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
