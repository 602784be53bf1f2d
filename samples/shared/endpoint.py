"""The bot's web server: Teams posts activities to /api/messages, and the bot answers them."""

from __future__ import annotations

from aiohttp import web
from botbuilder.core import ActivityHandler

from samples.shared.bot import Bot
from samples.shared.numbers import whole_number

HOST = "127.0.0.1"


def messages_app(bot: Bot, handler: ActivityHandler) -> web.Application:
    """Make a web application that passes every activity from Teams to the handler.

    When the bot signs in, each request needs a token from Teams, or gets 401. Without an app ID no
    token is checked, which is for Local Teams only.
    """

    async def messages(request: web.Request) -> web.StreamResponse:
        answer: web.Response = await bot.adapter.process(request, handler)
        return answer

    app = web.Application()
    app.router.add_post("/api/messages", messages)
    return app


def serve(app: web.Application) -> None:
    """Serve on this machine until stopped, on the port in PORT (default 3978, as bots do)."""
    port = whole_number("PORT", 3978, most=65535)

    def listening(_: str) -> None:
        print(f"Listening on http://{HOST}:{port}/api/messages", flush=True)

    web.run_app(app, host=HOST, port=port, print=listening, access_log=None)
