"""The bot's web server: Teams posts activities to /api/messages, and the bot answers them."""

from __future__ import annotations

from aiohttp import web
from botbuilder.core import ActivityHandler

from samples.shared.bot import Bot
from samples.shared.serving import HOST as HOST
from samples.shared.serving import serve as serve


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
