"""Let another program start a message: POST /api/notify, for callers with the token."""

import asyncio
import json
from dataclasses import dataclass
from uuid import UUID

from aiohttp import web
from botbuilder.core import ActivityHandler, TurnContext

from samples.shared.bearer import has_bearer
from samples.shared.bot import Bot, connect
from samples.shared.conversations import Conversations
from samples.shared.endpoint import messages_app, serve
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.sending import send
from samples.shared.settings import setting


class Remember(ActivityHandler):
    """Stores who can be notified: everyone who installs the app or writes, until they remove it."""

    def __init__(self, conversations: Conversations) -> None:
        self._conversations = conversations

    async def on_turn(self, turn_context: TurnContext) -> None:
        await asyncio.to_thread(self._conversations.remember, turn_context.activity)
        await super().on_turn(turn_context)

    async def on_installation_update_remove(self, turn_context: TurnContext) -> None:
        await asyncio.to_thread(self._conversations.forget_activity, turn_context.activity)


def read(body: bytes) -> tuple[str, str]:
    """Read the recipient and the text from a caller's JSON.

    Raises:
        ValueError: the JSON is wrong; the message says how.
    """
    try:
        payload = json.loads(body)
    except ValueError:
        raise ValueError("The body must be JSON.") from None
    if not isinstance(payload, dict):
        raise ValueError("The body must be a JSON object.")
    # Callers do not choose where to post: the bot's token goes to the service URL.
    if unknown := payload.keys() - {"to", "text"}:
        raise ValueError(f"Only to and text are known, not {', '.join(sorted(unknown))}.")
    to, text = payload.get("to"), payload.get("text")
    if not (isinstance(text, str) and text.strip()):
        raise ValueError("text must be a string that says something.")
    try:
        return str(UUID(to)), text
    except (ValueError, TypeError, AttributeError):
        raise ValueError("to must be an Entra object id, a GUID.") from None


@dataclass(frozen=True)
class Notify:
    """The endpoint for other programs.

    Attributes:
        bot: sends.
        conversations: the chats that the bot knows; nobody else can be notified.
        tenant_id: the one tenant whose people can be notified.
        token: that callers must send, as `Authorization: Bearer <token>`.
    """

    bot: Bot
    conversations: Conversations
    tenant_id: str
    token: str

    async def handle(self, request: web.Request) -> web.Response:
        """Answer a POST to /api/notify."""
        status, answer = await self.answer(request)
        print(f"/api/notify: {status} {answer}")
        headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
        return web.json_response(answer, status=status, headers=headers)

    async def answer(self, request: web.Request) -> tuple[int, dict[str, str]]:
        """Check the token, then the request, then send."""
        if not has_bearer(request, self.token):
            return 401, {"error": "The token is missing or wrong."}
        try:
            to, text = read(await request.read())
        except ValueError as error:
            return 400, {"error": str(error)}
        person = await asyncio.to_thread(self.conversations.person, self.tenant_id, to)
        if person is None:
            return 404, {"error": f"The bot does not remember {to}."}
        if person.opted_out:
            return 403, {"error": f"{to} asked for no more notifications."}
        try:
            return 202, {"id": await send(self.bot, person.reference(), text)}
        except SEND_ERRORS as error:
            failure = Failure.of(error)
            if failure.action == "forget":
                await asyncio.to_thread(self.conversations.forget, person.tenant_id, person.id)
            return 502, {"error": str(failure)}


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
