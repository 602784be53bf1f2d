"""Let another program start a message: POST /api/notify, for callers with the token."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from aiohttp import web

from samples.shared.bearer import CallRefused, read_call
from samples.shared.bot import Bot, connect
from samples.shared.conversations import Conversations
from samples.shared.endpoint import messages_app, serve
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.remembering import Remember, reference_of
from samples.shared.sending import send
from samples.shared.settings import setting


@dataclass(frozen=True)
class Notify:
    """The endpoint for other programs.

    Attributes:
        bot: sends the message.
        conversations: the chats that the bot knows; nobody else can be notified.
        tenant_id: the only tenant whose people can be notified.
        token: callers must send it, as `Authorization: Bearer <token>`.
    """

    bot: Bot
    conversations: Conversations
    tenant_id: str
    token: str

    async def handle(self, request: web.Request) -> web.Response:
        """Answer a POST to /api/notify with the message ID, or with what is wrong."""
        try:
            response = await self.notify(**await read_call(request, self.token, "to", "text"))
        except CallRefused as refused:
            response = refused.response()
        print(f"/api/notify: {response.status} {response.text}")
        return response

    async def notify(self, to: str, text: str) -> web.Response:
        """Send a text to a person.

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
            message_id = await send(self.bot, reference_of(person), text)
        except SEND_ERRORS as error:
            failure, where = Failure.of(error), (person.tenant_id, person.id)
            await asyncio.to_thread(self.conversations.note_refusal, *where, failure)
            raise CallRefused(502, str(failure)) from error
        return web.json_response({"id": message_id}, status=202)


def main() -> None:
    token = setting("NOTIFY_TOKEN")
    if len(token) < 32:
        raise SystemExit(
            "NOTIFY_TOKEN has fewer than 32 characters. Make one with: "
            'python -c "import secrets; print(secrets.token_urlsafe(32))"'
        )
    bot, conversations = connect(), Conversations()
    app = messages_app(bot, Remember(conversations))
    notify = Notify(bot, conversations, setting("TEAMS_TENANT_ID"), token)
    app.router.add_post("/api/notify", notify.handle)
    serve(app)


if __name__ == "__main__":
    main()
