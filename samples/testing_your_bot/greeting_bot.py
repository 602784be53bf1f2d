"""A bot that greets whoever writes to it, and introduces itself where it is installed."""

from __future__ import annotations

import os

from aiohttp import web
from botbuilder.core import ActivityHandler, TurnContext
from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication


class GreetingBot(ActivityHandler):
    """Answers each message with a greeting."""

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        activity = turn_context.activity
        await turn_context.send_activity(f"Hello {activity.from_property.name}!")

    async def on_installation_update_add(self, turn_context: TurnContext) -> None:
        await turn_context.send_activity("Write to me, and I greet you.")


def make_app() -> web.Application:
    """The bot's web application; without credentials in it, nobody signs in."""
    adapter = CloudAdapter(ConfigurationBotFrameworkAuthentication(object()))
    bot = GreetingBot()

    async def messages(request: web.Request) -> web.StreamResponse:
        answer: web.Response = await adapter.process(request, bot)
        return answer

    app = web.Application()
    app.router.add_post("/api/messages", messages)
    return app


def main() -> None:
    web.run_app(
        make_app(), host="127.0.0.1", port=int(os.environ.get("PORT", "").strip() or "3978")
    )


if __name__ == "__main__":
    main()
