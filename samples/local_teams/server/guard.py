"""Lets in programs and the own page, and keeps out the pages of other sites.

A page that a browser shows could otherwise post here, or read everything by DNS rebinding: its name
resolves to this machine, so that the browser believes it to be of the same origin.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Collection
from contextvars import ContextVar
from ipaddress import ip_address

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler

# Whether the request at hand came through the proxy, which connects with the hosts it knows only.
through_proxy: ContextVar[bool] = ContextVar("through_proxy", default=False)
LONGEST_BODY = 4 * 1024 * 1024  # bytes; Teams refuses a message far below, not counting pictures
# The header Host: a name or an address, with or without a port.
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?")
_HEADERS = {
    "Content-Security-Policy": "frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def guard(app: web.Application, hosts: Collection[str]) -> None:
    """Refuse what another site's page sends, and let no other site frame the answers.

    Args:
        hosts: names beside those of this machine that a request may be for.
    """
    known = {host.lower().strip("[]") for host in hosts}

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if reason := _refused(request, known):
            return web.json_response({"error": reason}, status=403)
        try:
            return await handler(request)
        except web.HTTPRequestEntityTooLarge:
            text = f"The body has over {LONGEST_BODY:,} bytes."
            return web.json_response({"error": text}, status=413)
        except web.RequestPayloadError:
            text = "The body does not have the form that its headers name."
            return web.json_response({"error": text}, status=400)

    async def add_headers(_: web.Request, response: web.StreamResponse) -> None:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)

    app.middlewares.append(check)
    app.on_response_prepare.append(add_headers)
    logging.getLogger("aiohttp.server").addFilter(_is_ours)


def _refused(request: web.Request, known: set[str]) -> str:
    """Why a request is refused; empty when it is not."""
    found = _HOST.fullmatch(request.headers.get("Host", ""))
    host = found[1].lower().strip("[]") if found and int(found[2] or 0) < 65536 else ""
    if not (through_proxy.get() or is_loopback(host) or host in known):
        shown = request.headers.get("Host", "")[:100]
        return (
            f"Host {shown!r} is not a name of this machine. If it is one of yours, start Local "
            "Teams with --allow-host and that name."
        )
    origin = request.headers.get("Origin")
    own = {f"{scheme}://{request.headers.get('Host', '')}".lower() for scheme in ("http", "https")}
    if origin is not None and origin.lower() not in own:
        return f"A page of {origin[:100]!r} may not ask Local Teams."
    site = request.headers.get("Sec-Fetch-Site", "none")
    followed = (
        request.method == "GET"
        and request.headers.get("Sec-Fetch-Mode") == "navigate"
        and request.headers.get("Sec-Fetch-Dest") == "document"
    )  # a link to the page
    if site not in ("none", "same-origin") and not followed:
        return "A page of another site may not ask Local Teams."
    return ""


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether a log record is not about a request that is not HTTP: it may contain a token."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError | web.RequestPayloadError)
