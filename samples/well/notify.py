"""Let another program start a message: POST /api/notify, for callers with the token."""

import asyncio
from dataclasses import dataclass

from aiohttp import web

from samples.shared.bearer import person_to_notify, read_call
from samples.shared.bot import Bot, connect
from samples.shared.callers import Callers, CallRefused, callers_from_environment
from samples.shared.conversations import Conversations
from samples.shared.endpoint import messages_app, serve
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.idempotency import Answers
from samples.shared.printing import one_line
from samples.shared.remembering import Remember, reference_of
from samples.shared.sending import send
from samples.shared.settings import optional_setting, setting


@dataclass(frozen=True)
class Notify:
    """The endpoint for other programs.

    Attributes:
        bot: sends the message.
        conversations: the chats that the bot knows; nobody else can be notified.
        tenant_id: the only tenant whose people can be notified.
        callers: the programs that may call.
        answers: of earlier calls, for one that is repeated.
    """

    bot: Bot
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
        """Send a text to a person.

        Args:
            to: the person's Entra object ID.

        Raises:
            CallRefused: the person cannot be notified, or Teams refused.
        """
        person = await person_to_notify(self.conversations, self.tenant_id, to)
        try:
            message_id = await send(self.bot, reference_of(person), text)
        except SEND_ERRORS as error:
            failure, where = Failure.of(error), (person.tenant_id, person.id)
            await asyncio.to_thread(self.conversations.note_refusal, *where, failure)
            repeat = not failure.maybe_arrived
            raise CallRefused(502, str(failure), may_repeat=repeat) from error
        return web.json_response({"id": message_id}, status=202)


def main() -> None:
    callers = callers_from_environment("NOTIFY")  # Without, anyone could write to everyone.
    bot, conversations = connect(), Conversations()
    app = messages_app(bot, Remember(conversations))
    answers = Answers(optional_setting("CONVERSATIONS_URL", "sqlite:///conversations.db"))
    notify = Notify(bot, conversations, setting("TEAMS_TENANT_ID"), callers, answers)
    app.router.add_post("/api/notify", notify.handle)
    serve(app)


if __name__ == "__main__":
    main()
