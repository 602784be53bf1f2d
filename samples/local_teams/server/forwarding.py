"""Leads the hosts that SDKs use by default to Local Teams: the Connector, and Microsoft Graph."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web
from yarl import URL

from .guard import LONGEST_BODY

# What concerns one connection only, or what a response gets anew.
_OWN = {"connection", "content-length", "date", "host", "keep-alive", "transfer-encoding"}


def default_hosts(cloud: Mapping[str, str]) -> list[str]:
    """The hosts of a cloud that a client asks unless it is given others.

    Args:
        cloud: a row of `[[clouds]]` in facts.toml. A region is a path of the service URL's host.
    """
    urls = (cloud["service_url"], cloud["graph"])
    return [host for url in urls if (host := urlsplit(url).netloc)]


def forwarding_app(service_url: str) -> web.Application:
    """A site that passes each request on to Local Teams, and gives its answer."""
    app = web.Application(client_max_size=LONGEST_BODY)
    session: web.AppKey[aiohttp.ClientSession] = web.AppKey("session", aiohttp.ClientSession)

    async def connect(app: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession(auto_decompress=False) as app[session]:
            yield

    async def forward(request: web.Request) -> web.Response:
        try:
            async with app[session].request(
                request.method,
                URL(f"{service_url.rstrip('/')}{request.raw_path}", encoded=True),
                data=await request.read(),
                headers=_passed_on(request.headers),
                allow_redirects=False,
            ) as answer:
                return web.Response(
                    status=answer.status,
                    headers=_passed_on(answer.headers),
                    body=await answer.read(),
                )
        except aiohttp.ClientError as error:
            if isinstance(error, aiohttp.ClientConnectorError):
                text = f"Local Teams does not answer at {service_url}"
                return web.json_response({"error": text}, status=502)
            assert request.transport
            request.transport.abort()  # Local Teams closed the connection, as a fault says
            raise

    app.cleanup_ctx.append(connect)
    app.router.add_route("*", "/{tail:.*}", forward)
    return app


def _passed_on(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _OWN}
