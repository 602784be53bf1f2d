"""A bot with an endpoint of its own: POST /api/alert writes to somebody who installed the bot."""

from __future__ import annotations

from aiohttp import web
from botbuilder.core import ActivityHandler, TurnContext
from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication
from botbuilder.schema import ConversationReference


class AlertBot(ActivityHandler):
    """Keeps where it may write, by the person's Entra object id."""

    def __init__(self) -> None:
        self.known: dict[str, ConversationReference] = {}

    async def on_installation_update_add(self, turn_context: TurnContext) -> None:
        reference = TurnContext.get_conversation_reference(turn_context.activity)
        self.known[reference.user.aad_object_id] = reference


def make_app() -> web.Application:
    """The bot's web application; without credentials in it, nobody signs in."""
    adapter = CloudAdapter(ConfigurationBotFrameworkAuthentication(object()))
    bot = AlertBot()

    async def messages(request: web.Request) -> web.StreamResponse:
        answer: web.Response = await adapter.process(request, bot)
        return answer

    async def alert(request: web.Request) -> web.Response:
        wanted = await request.json()
        if not (reference := bot.known.get(wanted["user"])):
            raise web.HTTPNotFound(text=f"{wanted['user']} has not installed the bot.")

        async def say(turn_context: TurnContext) -> None:
            await turn_context.send_activity(wanted["text"])

        await adapter.continue_conversation(reference, say, "")
        return web.Response(status=202)

    app = web.Application()
    app.router.add_post("/api/messages", messages)
    app.router.add_post("/api/alert", alert)
    return app


if __name__ == "__main__":
    web.run_app(make_app(), host="127.0.0.1", port=3978)
