"""The bot that three samples build on: it books rooms, in a dialog that outlives a restart."""

from __future__ import annotations

import asyncio
import hmac
from abc import ABC, abstractmethod
from typing import Any
from weakref import WeakValueDictionary

import jsonpickle  # type: ignore[import-untyped]
from aiohttp import web
from botbuilder.core import ActivityHandler, ConversationState, MessageFactory, Storage, TurnContext
from botbuilder.dialogs import (
    DialogSet,
    DialogTurnResult,
    WaterfallDialog,
    WaterfallStepContext,
)
from botbuilder.dialogs.prompts import PromptOptions, TextPrompt
from botbuilder.schema import ConversationReference
from sqlalchemy import create_engine, delete, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from samples.shared.bot import Bot
from samples.shared.conversations import Conversations
from samples.shared.endpoint import messages_app
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.settings import setting


class BookingBot(ActivityHandler, ABC):
    """Asks which room and which day. How news fits in is for those to say who derive from it.

    Args:
        bot: who sends.
        database: where the people and the state of their conversations are kept.
    """

    def __init__(self, bot: Bot, database: str) -> None:
        self.bot = bot
        self.conversations = Conversations(database)
        self.state = ConversationState(SqlStorage(database))
        self._dialogs = DialogSet(self.state.create_property("dialog"))
        self._dialogs.add(TextPrompt("question"))
        self._dialogs.add(WaterfallDialog("booking", [_ask_room, _ask_day, _book]))
        self._locks = WeakValueDictionary[str, asyncio.Lock]()

    def one_at_a_time(self, turn: TurnContext) -> asyncio.Lock:
        """To hold from the moment a turn reads the state of its conversation until it has saved it.

        The SDK lets turns of one conversation run side by side; the last one to save would undo
        what the others saved.
        """
        return self._locks.setdefault(turn.activity.conversation.id, asyncio.Lock())

    async def dialog_is_going_on(self, turn: TurnContext) -> bool:
        """Whether the bot has asked something in this conversation and waits for the answer."""
        return (await self._dialogs.create_context(turn)).active_dialog is not None

    async def talk(self, turn: TurnContext) -> None:
        """Take what the person says as the answer to the last question, or as a wish to book."""
        said = (turn.activity.text or "").strip().casefold()
        dialog = await self._dialogs.create_context(turn)
        if dialog.active_dialog and said == "cancel":
            await dialog.cancel_all_dialogs()
            await turn.send_activity("Nothing is booked.")
        elif dialog.active_dialog:
            await dialog.continue_dialog()
        elif said == "book":
            await dialog.begin_dialog("booking")
        else:
            await turn.send_activity("To book a room, say: book")
        await self.state.save_changes(turn)

    @abstractmethod
    async def notify(self, reference: ConversationReference, text: str) -> str:
        """There is news for a person; answers with what became of it."""

    def app(self) -> web.Application:
        """The web application: Teams posts to /api/messages, and programs to /api/notify."""
        token, tenant_id = setting("NOTIFY_TOKEN"), setting("TEAMS_TENANT_ID")

        async def news(request: web.Request) -> web.Response:
            shown = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
            if not hmac.compare_digest(shown, f"Bearer {token}".encode()):
                raise web.HTTPUnauthorized
            try:
                asked = await request.json()
                to, text = str(asked["to"]), str(asked["text"])
            except (ValueError, KeyError, TypeError):
                raise web.HTTPBadRequest(text="Post JSON with to and text.") from None
            person = await asyncio.to_thread(self.conversations.person, tenant_id, to)
            if person is None or person.opted_out:
                raise web.HTTPNotFound(text="Nobody with this id can be notified.")
            try:
                became = await self.notify(person.reference(), text)
            except SEND_ERRORS as error:
                raise web.HTTPBadGateway(text=str(Failure.of(error))) from error
            print(f"{text} ({became})")
            return web.Response(status=202, text=became)

        app = messages_app(self.bot, self)
        app.router.add_post("/api/notify", news)
        return app

    async def on_turn(self, turn_context: TurnContext) -> None:
        await asyncio.to_thread(self.conversations.remember, turn_context.activity)
        await super().on_turn(turn_context)

    async def on_installation_update_remove(self, turn_context: TurnContext) -> None:
        await asyncio.to_thread(self.conversations.forget_activity, turn_context.activity)


async def _ask_room(step: WaterfallStepContext) -> DialogTurnResult:
    return await step.prompt("question", PromptOptions(MessageFactory.text("Which room?")))


async def _ask_day(step: WaterfallStepContext) -> DialogTurnResult:
    step.values["room"] = step.result
    return await step.prompt("question", PromptOptions(MessageFactory.text("Which day?")))


async def _book(step: WaterfallStepContext) -> DialogTurnResult:
    await step.context.send_activity(f"Room {step.values['room']} is yours on {step.result}.")
    return await step.end_dialog()


class _Base(DeclarativeBase):
    pass


class _State(_Base):
    __tablename__ = "state"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class SqlStorage(Storage):
    """Keeps state in a database. The SDK's MemoryStorage forgets it when the process ends."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url)
        _Base.metadata.create_all(self._engine)

    async def read(self, keys: list[str]) -> dict[str, Any]:
        return await asyncio.to_thread(self._read, keys)

    async def write(self, changes: dict[str, Any]) -> None:
        await asyncio.to_thread(self._replace, list(changes), changes)

    async def delete(self, keys: list[str]) -> None:
        await asyncio.to_thread(self._replace, list(keys), {})

    def _read(self, keys: list[str]) -> dict[str, Any]:
        with self._engine.connect() as connection:
            found = connection.execute(select(_State).where(_State.key.in_(keys)))
            # Decoding makes objects of whatever classes the text names, so nobody but the bot may
            # write to this table.
            return {row.key: jsonpickle.decode(row.value) for row in found}

    def _replace(self, keys: list[str], values: dict[str, Any]) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(_State).where(_State.key.in_(keys)))
            for key, value in values.items():
                connection.execute(insert(_State).values(key=key, value=jsonpickle.encode(value)))
