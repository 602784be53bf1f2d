"""The bots that can be connected, as web applications."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from ..to_bot.deliveries import MESSAGES

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
BotInProcess = web.Application | Handler | tuple[Any, Any]


def bot_application(bot: BotInProcess) -> web.Application:
    """A web application with the bot at POST /api/messages.

    Args:
        bot: such an application, an adapter with its handler as a pair, or a function from request
            to response.

    Raises:
        ValueError: the application was served before.
    """
    if isinstance(bot, tuple):
        adapter, handler = bot
        return _application(lambda request: adapter.process(request, handler))
    if not isinstance(bot, web.Application):
        return _application(bot)
    if bot.frozen:
        raise ValueError("This application was served before: make one for each test.")
    return bot


def _application(handler: Handler) -> web.Application:
    async def messages(request: web.Request) -> web.StreamResponse:
        return await handler(request)

    app = web.Application()
    app.router.add_post(MESSAGES, messages)
    return app
