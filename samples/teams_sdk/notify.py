"""Let another program start a message, with Teams SDK: POST /api/notify; see notifier.py."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from aiohttp import web
from microsoft_teams.api import MessageActivityInput
from microsoft_teams.apps import App

from samples.shared.bearer import read_call
from samples.shared.callers import Callers, CallRefused
from samples.shared.conversations import Conversation, Conversations
from samples.shared.idempotency import Answers
from samples.shared.printing import one_line
from samples.shared.retrying import retrying
from samples.teams_sdk.failure import SEND_ERRORS, Failure


@dataclass(frozen=True)
class Notify:
    """The endpoint for other programs.

    Attributes:
        app: sends the message.
        conversations: the chats that the bot knows; nobody else can be notified.
        tenant_id: the only tenant whose people can be notified.
        callers: the programs that may call.
        answers: of earlier calls, for one that is repeated.
    """

    app: App
    conversations: Conversations
    tenant_id: str
    callers: Callers
    answers: Answers

    async def handle(self, request: web.Request) -> web.Response:
        """Answer a POST to /api/notify with the message ID, or with what is wrong."""
        try:
            call = await read_call(request, self.callers, "to", "text")
            response = await self.answers.once(request, call, self.notify)
        except CallRefused as refused:
            response = refused.response()
        print(one_line(f"/api/notify: {response.status} {response.text}"))
        return response

    async def notify(self, to: str, text: str) -> web.Response:
        """Send a text to a person, and again where that is safe.

        Args:
            to: the person's Entra object ID.

        Raises:
            CallRefused: the person cannot be notified, or Teams refused.
        """
        try:
            to = str(UUID(to))
        except ValueError:
            raise CallRefused(400, "to must be an Entra object ID, a GUID.") from None
        person = await asyncio.to_thread(self.conversations.person, self.tenant_id, to)
        if person is None:
            raise CallRefused(404, f"The bot does not remember {to}.")
        if not person.can_notify:
            why = "blocked the bot" if person.blocked else "asked for no more notifications"
            raise CallRefused(403, f"{to} {why}.")
        try:
            retrier = retrying(if_unsure="leave", attempts=3)
            message_id: str = await retrier(self.send, person, text)
        except SEND_ERRORS as error:
            failure, where = Failure.of(error), (person.tenant_id, person.id)
            await asyncio.to_thread(self.conversations.note_refusal, *where, failure)
            repeat = not failure.maybe_arrived
            raise CallRefused(502, str(failure), may_repeat=repeat) from error
        return web.json_response({"id": message_id}, status=202)

    async def send(self, chat: Conversation, text: str) -> str:
        """Post a message in a chat that the bot remembers, and return the message ID."""
        message = MessageActivityInput(text=text)
        # The service URL that was stored: the SDK's default is that of the public cloud.
        sent = await self.app.api.conversations.create_activity(
            chat.id, message, service_url=chat.service_url
        )
        return str(sent.id)
