"""A complete bot in Teams SDK: it greets, remembers, notifies when a program asks, and stops."""

import asyncio
from dataclasses import dataclass

from aiohttp import web
from microsoft_teams.api import Activity, InstalledActivity, MessageActivity
from microsoft_teams.apps import ActivityContext

from samples.shared.callers import callers_from_environment
from samples.shared.conversations import Conversations
from samples.shared.idempotency import Answers
from samples.shared.serving import serve
from samples.shared.settings import optional_setting, setting
from samples.teams_sdk.bot import connect
from samples.teams_sdk.endpoint import Server
from samples.teams_sdk.notify import Notify
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
        conversations: the chats that the bot knows.
        tenant_id: the tenant whose people it serves.
    """

    conversations: Conversations
    tenant_id: str

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
        await asyncio.to_thread(
            self.conversations.opt_out, self.tenant_id, chat.id, out=word == "stop"
        )
        await turn.send(ANSWERS[word])


async def notifying(conversations: Conversations) -> web.Application:
    """Make the bot's web server."""
    callers = callers_from_environment("NOTIFY")  # Without, anyone could write to everyone.
    answers = Answers(optional_setting("CONVERSATIONS_URL", "sqlite:///conversations.db"))
    server, tenant_id = Server(), setting("TEAMS_TENANT_ID")
    app = connect(server)
    notifier = Notifier(conversations, tenant_id)
    app.on_activity(notifier.on_activity)
    app.on_install_add(notifier.on_install)
    app.on_message(notifier.on_message)
    await app.initialize()
    notify = Notify(app, conversations, tenant_id, callers, answers)
    server.app.router.add_post("/api/notify", notify.handle)
    return server.app


def main() -> None:
    serve(notifying(Conversations()))


if __name__ == "__main__":
    main()
