"""A complete bot in Teams SDK: it greets, remembers, notifies when a program asks, and stops."""

import asyncio
from dataclasses import dataclass

from aiohttp import web
from microsoft_teams.api import Activity, InstalledActivity, MessageActivity, MessageActivityInput
from microsoft_teams.apps import ActivityContext, App

from samples.shared.bearer import person_to_notify, read_call
from samples.shared.callers import Callers, CallRefused, callers_from_environment
from samples.shared.conversations import Conversation, Conversations
from samples.shared.idempotency import Answers
from samples.shared.printing import one_line
from samples.shared.retrying import retrying
from samples.shared.serving import serve
from samples.shared.settings import optional_setting, setting
from samples.teams_sdk.bot import connect
from samples.teams_sdk.endpoint import Server
from samples.teams_sdk.failure import SEND_ERRORS, Failure
from samples.teams_sdk.received import received

GREETING = (
    "You get this message because this app was installed here. I write when a build of yours "
    "breaks, and at no other time. Write stop if you do not want that, or start to have it again."
)
ANSWERS = {
    "stop": "I will not write unasked any more. Write start to change that.",
    "start": "I will write again when there is news for you.",
}


@dataclass(frozen=True)
class Notifier:
    """The bot's handlers.

    Attributes:
        app: sends and receives.
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

    async def on_activity(self, turn: ActivityContext[Activity]) -> None:
        """Remember the conversation of every activity, or forget it when it is over."""
        line = await asyncio.to_thread(self.conversations.follow, received(turn.activity))
        if line:
            print(line)
        await turn.next()

    async def on_install(self, turn: ActivityContext[InstalledActivity]) -> None:
        """Greet once where the app is installed; Teams may deliver an event twice."""
        if await asyncio.to_thread(self.conversations.claim_greeting, received(turn.activity)):
            await turn.send(GREETING)

    async def on_message(self, turn: ActivityContext[MessageActivity]) -> None:
        """Stop and start on request, in a personal chat."""
        activity, chat = turn.activity, turn.activity.conversation
        word = (activity.text or "").strip().lower()
        if chat.conversation_type != "personal" or word not in ANSWERS:
            return
        opt_out, out = self.conversations.opt_out, word == "stop"
        await asyncio.to_thread(opt_out, self.tenant_id, chat.id, out=out)
        await turn.send(ANSWERS[word])

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
        person = await person_to_notify(self.conversations, self.tenant_id, to)
        try:
            retrier = retrying(if_unsure="leave", attempts=3)
            message_id: str = await retrier(self.send, person, text)
        except SEND_ERRORS as error:
            failure, where = Failure.of(error), (person.tenant_id, person.id)
            await asyncio.to_thread(self.conversations.note_refusal, *where, failure)
            raise CallRefused(502, str(failure), may_repeat=not failure.maybe_arrived) from error
        return web.json_response({"id": message_id}, status=202)

    async def send(self, chat: Conversation, text: str) -> str:
        message = MessageActivityInput(text=text)
        # The service URL that was stored: the SDK's default is that of the public cloud.
        sent = await self.app.api.conversations.create_activity(
            chat.id, message, service_url=chat.service_url
        )
        return str(sent.id)


async def notifying(conversations: Conversations) -> web.Application:
    """Make the bot's web server."""
    callers = callers_from_environment("NOTIFY")  # Without, anyone could write to everyone.
    answers = Answers(optional_setting("CONVERSATIONS_URL", "sqlite:///conversations.db"))
    server = Server()
    app = connect(server)
    notifier = Notifier(app, conversations, setting("TEAMS_TENANT_ID"), callers, answers)
    app.on_activity(notifier.on_activity)
    app.on_install_add(notifier.on_install)
    app.on_message(notifier.on_message)
    await app.initialize()
    server.app.router.add_post("/api/notify", notifier.handle)
    return server.app


if __name__ == "__main__":
    serve(notifying(Conversations()))
