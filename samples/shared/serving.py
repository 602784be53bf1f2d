"""The web server of a bot, with any SDK: on this machine, and with a database that may be away."""

from __future__ import annotations

import logging
import sys
from collections.abc import Awaitable, Callable
from ipaddress import ip_address

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from samples.shared.numeric import whole_number
from samples.shared.printing import first_line
from samples.shared.settings import optional_setting

HOST = "127.0.0.1"
HEALTH = "/health"
log = logging.getLogger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def web_application() -> web.Application:
    """Make a web application for a bot, without routes; it answers /health."""
    logging.getLogger("aiohttp.server").addFilter(_is_of_the_bot)
    return web.Application(middlewares=[health, without_database])


@web.middleware
async def health(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer 200 to a probe of /health while the event loop runs.

    A middleware and not a route, because the Agents SDK's check of tokens covers every route. The
    database does not count: a restart would not bring it back.
    """
    if request.path == HEALTH and request.method in ("GET", "HEAD"):
        return web.json_response({"status": "ok"})
    return await handler(request)


@web.middleware
async def without_database(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer 503 while the database is locked or away: Teams and other callers try again."""
    try:
        return await handler(request)
    except Exception as error:
        known = sys.modules.get("sqlalchemy.exc")  # without a database, not imported
        if not known or not isinstance(error, known.DBAPIError):
            raise
        log.error("The database does not answer: %s", first_line(error.orig))
        return web.json_response({"error": "The database does not answer."}, status=503)


def _is_of_the_bot(record: logging.LogRecord) -> bool:
    """Whether a log record is not about a request that is not HTTP: it may contain a token."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError | web.RequestPayloadError)


def serve(app: web.Application | Awaitable[web.Application]) -> None:
    """Serve until stopped, at HOST (default this machine only) and PORT (default 3978, as bots do).

    Raises:
        SystemExit: HOST is not an IP address, or other machines could reach a bot that has no app
            ID; PORT is not a port, or another program listens there.
    """
    host, port = listening_host(), whole_number("PORT", 3978, most=65535)
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def listening(_: str) -> None:
        print(f"Listening on http://{where}/api/messages", flush=True)

    try:
        web.run_app(app, host=host, port=port, print=listening, access_log=None)
    except OSError as error:
        raise SystemExit(
            f"Nothing can listen at {where}: {first_line(error.strerror or error)}. "
            "Set PORT to another port, or stop the program that listens there."
        ) from error


def listening_host() -> str:
    """The IP address to listen at, from HOST: this machine only, unless it is set.

    Raises:
        SystemExit: it is not an IP address; or other machines could reach the bot while no app ID
            is set: without one, the bot checks no token, and anyone could write as anyone.
    """
    host = optional_setting("HOST", HOST)
    try:
        address = ip_address(host)
    except ValueError:
        raise SystemExit(
            f"HOST is {host[:50]!r}. It must be an IP address, for example 0.0.0.0 in a container."
        ) from None
    if not address.is_loopback and not optional_setting("MicrosoftAppId"):
        raise SystemExit(
            f"HOST is {host}, which other machines can reach, and no app ID is set: the bot would "
            "believe whoever writes to it. Set MicrosoftAppId, or leave out HOST."
        )
    return host
