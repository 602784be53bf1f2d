"""The bot that three samples build on: it books rooms in a dialog that outlives a restart."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from weakref import WeakValueDictionary

from aiohttp import web
from botbuilder.core import ConversationState, MessageFactory, TurnContext
from botbuilder.dialogs import (
    DialogSet,
    DialogTurnResult,
    WaterfallDialog,
    WaterfallStepContext,
)
from botbuilder.dialogs.prompts import PromptOptions, TextPrompt
from botbuilder.schema import ConversationReference

from samples.shared.bearer import read_call
from samples.shared.bot import Bot
from samples.shared.callers import CallRefused, callers_from_environment
from samples.shared.conversations import Conversations
from samples.shared.endpoint import messages_app
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.idempotency import Answers
from samples.shared.printing import one_line
from samples.shared.remembering import Remember, reference_of
from samples.shared.settings import setting
from samples.well.fit_in.storage import SqlStorage


class BookingBot(Remember, ABC):
    """Asks which room and which day. Subclasses decide how news fits in.

    Args:
        bot: sends.
        database: the URL of the database for people and the state of their conversations.
    """

    def __init__(self, bot: Bot, database: str) -> None:
        super().__init__(Conversations(database))
        self.bot = bot
        self._answers = Answers(database)
        self.state = ConversationState(SqlStorage(database))
        self._dialogs = DialogSet(self.state.create_property("dialog"))
        self._dialogs.add(TextPrompt("question"))
        self._dialogs.add(WaterfallDialog("booking", [_ask_room, _ask_day, _book]))
        self._locks = WeakValueDictionary[str, asyncio.Lock]()

    def one_at_a_time(self, turn: TurnContext) -> asyncio.Lock:
        """A lock to have while a turn reads, changes and saves the state of its conversation.

        The SDK runs turns of one conversation side by side; the last one to save would overwrite
        what the others saved.
        """
        return self._locks.setdefault(turn.activity.conversation.id, asyncio.Lock())

    async def dialog_is_going_on(self, turn: TurnContext) -> bool:
        """Whether the bot has asked a question in this conversation and waits for the answer."""
        return (await self._dialogs.create_context(turn)).active_dialog is not None

    async def talk(self, turn: TurnContext) -> None:
        """Treat the message as the answer to the last question, or as the wish to book."""
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
        """Bring news to a person; return what happened to it."""

    def app(self) -> web.Application:
        """The web application: Teams posts to /api/messages, and programs to /api/notify."""
        callers, tenant_id = callers_from_environment("NOTIFY"), setting("TEAMS_TENANT_ID")

        async def bring(to: str, text: str) -> web.Response:
            person = await asyncio.to_thread(self.conversations.person, tenant_id, to)
            if person is None or not person.can_notify:
                raise CallRefused(404, "Nobody with this ID can be notified.")
            try:
                result = await self.notify(reference_of(person), text)
            except SEND_ERRORS as error:
                failure, where = Failure.of(error), (tenant_id, person.id)
                await asyncio.to_thread(self.conversations.note_refusal, *where, failure)
                repeat = not failure.maybe_arrived
                raise CallRefused(502, str(failure), may_repeat=repeat) from error
            print(one_line(f"{text} ({result})"))
            return web.Response(status=202, text=result)

        async def news(request: web.Request) -> web.Response:
            try:
                call = await read_call(request, callers, "to", "text")
                return await self._answers.once(request, call, bring)
            except CallRefused as refused:
                return refused.response()

        app = messages_app(self.bot, self)
        app.router.add_post("/api/notify", news)
        return app


async def _ask_room(step: WaterfallStepContext) -> DialogTurnResult:
    return await step.prompt("question", PromptOptions(MessageFactory.text("Which room?")))


async def _ask_day(step: WaterfallStepContext) -> DialogTurnResult:
    step.values["room"] = step.result
    return await step.prompt("question", PromptOptions(MessageFactory.text("Which day?")))


async def _book(step: WaterfallStepContext) -> DialogTurnResult:
    await step.context.send_activity(f"Room {step.values['room']} is yours on {step.result}.")
    return await step.end_dialog()
