"""A server that is not Teams and says yes to everything: what reaches it has leaked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiohttp import web

from samples.local_teams.server.serving import serving


@dataclass
class Thief:
    """Attributes:
    url: where it listens, as a service URL.
    requests: method and path of each request, and its Authorization header.
    """

    url: str = ""
    requests: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def thieving() -> Iterator[Thief]:
    """Serve a thief on this machine."""
    thief = Thief()

    async def steal(request: web.Request) -> web.Response:
        line = f"{request.method} {request.path}"
        thief.requests.append((line, request.headers.get("Authorization", "")))
        return web.json_response({"id": "a:stolen"}, status=201)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", steal)
    with serving(app) as thief.url:
        yield thief
