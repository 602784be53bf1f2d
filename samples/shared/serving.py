"""The web server of a bot, with any SDK: on this machine, and with a database that may be away."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from sqlalchemy.exc import DBAPIError

from samples.shared.database import first_line
from samples.shared.numeric import whole_number

HOST = "127.0.0.1"
log = logging.getLogger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def web_application() -> web.Application:
    """Make a web application for a bot, without routes."""
    logging.getLogger("aiohttp.server").addFilter(_is_of_the_bot)
    return web.Application(middlewares=[without_database])


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


def serve(app: web.Application | Awaitable[web.Application]) -> None:
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
