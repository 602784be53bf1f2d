"""The bot's web server: Teams posts activities to /api/messages, and the bot answers them."""

from __future__ import annotations

import logging

from aiohttp import web
from botbuilder.core import ActivityHandler
from botbuilder.schema import Activity

from samples.shared.activities import wrong
from samples.shared.bodies import BodyRefused, read_object
from samples.shared.bot import Bot
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.printing import one_line
from samples.shared.serving import HOST as HOST
from samples.shared.serving import serve as serve
from samples.shared.serving import web_application

log = logging.getLogger(__name__)


def messages_app(bot: Bot, handler: ActivityHandler) -> web.Application:
    """Make a web application that passes every activity from Teams to the handler.

    When the bot signs in, each request needs a token from Teams, or gets 401. Without an app ID no
    token is checked, which is for Local Teams only. What is not an activity gets 400, 413 or 415.
    """

    async def messages(request: web.Request) -> web.StreamResponse:
        try:
            activity = await read_object(request)
            if reason := wrong(activity) or _unreadable(activity):
                raise BodyRefused(400, reason)
        except BodyRefused as refused:
            return web.json_response({"error": str(refused)}, status=refused.status)
        try:
            answer: web.Response = await bot.adapter.process(request, handler)
        except SEND_ERRORS as error:
            log.error("The bot could not answer: %s", one_line(Failure.of(error)))
            return web.json_response({"error": "The bot could not answer."}, status=500)
        return answer

    app = web_application()
    app.router.add_post("/api/messages", messages)
    return app


def _unreadable(activity: dict[str, object]) -> str:
    """What the SDK cannot read, such as a date that is none; or nothing."""
    try:
        Activity().deserialize(activity)
    except Exception:  # msrest raises almost anything
        return "The activity cannot be read."
    return ""
