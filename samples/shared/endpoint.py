"""The bot's web server: Teams posts activities to /api/messages, and the bot answers them."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from botbuilder.core import ActivityHandler
from botbuilder.schema import Activity
from sqlalchemy.exc import DBAPIError

from samples.shared.activities import wrong
from samples.shared.bodies import BodyRefused, read_object
from samples.shared.bot import Bot
from samples.shared.database import first_line
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.numbers import whole_number
from samples.shared.printing import one_line

HOST = "127.0.0.1"
log = logging.getLogger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


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

    logging.getLogger("aiohttp.server").addFilter(_is_of_the_bot)
    app = web.Application(middlewares=[without_database])
    app.router.add_post("/api/messages", messages)
    return app


def _unreadable(activity: dict[str, object]) -> str:
    """What the SDK cannot read, such as a date that is none; or nothing."""
    try:
        Activity().deserialize(activity)
    except Exception:  # msrest raises almost anything
        return "The activity cannot be read."
    return ""


@web.middleware
async def without_database(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer 503 while the database is locked or away: Teams and other callers try again."""
    try:
        return await handler(request)
    except DBAPIError as error:
        log.error("The database does not answer: %s", first_line(error.orig))
        return web.json_response({"error": "The database does not answer."}, status=503)


def _is_of_the_bot(record: logging.LogRecord) -> bool:
    """Whether a log record is not about a request that is not HTTP: it may contain a token."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError | web.RequestPayloadError)


def serve(app: web.Application) -> None:
    """Serve on this machine until stopped, on the port in PORT (default 3978, as bots do).

    Raises:
        SystemExit: PORT is not a port, or another program listens there.
    """
    port = whole_number("PORT", 3978, most=65535)

    def listening(_: str) -> None:
        print(f"Listening on http://{HOST}:{port}/api/messages", flush=True)

    try:
        web.run_app(app, host=HOST, port=port, print=listening, access_log=None)
    except OSError as error:
        raise SystemExit(
            f"Nothing can listen at {HOST}:{port}: {first_line(error.strerror or error)}. "
            "Set PORT to another port, or stop the program that listens there."
        ) from error
