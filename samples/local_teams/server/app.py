"""Local Teams behind HTTP: the routes of the Connector, Microsoft Graph, `/_local` and the page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, MutableSequence
from typing import TYPE_CHECKING

from aiohttp import web

from ..model.exchange import Request
from ..model.world import World
from ..to_bot.deliveries import Deliveries
from . import changes, local_api, page_files
from .guard import LONGEST_BODY, guard
from .hub import HUB, Hub
from .wire import Exchange, Wire

if TYPE_CHECKING:  # who needs no sign-in needs no cryptography either
    from ..sign_in.authority import Authority


def make_app(
    world: World,
    wire: MutableSequence[Exchange] | None = None,
    authority: Authority | None = None,
    deliveries: Deliveries | None = None,
    hosts: Collection[str] = (),
) -> web.Application:
    """The web application around a world.

    Args:
        wire: where exchanges are appended; without it the application keeps the latest.
        authority: whose tokens the Connector demands, and who signs activities for the bot;
            without it there are no tokens.
        deliveries: where the bot listens.
        hosts: names beside those of this machine under which it is reached.
    """
    app = web.Application(client_max_size=LONGEST_BODY)
    guard(app, hosts)
    hub = Hub(world, Wire() if wire is None else wire, deliveries or Deliveries())
    if authority:
        hub.check, hub.deliveries.sign = authority.check, authority.sign
    app[HUB] = hub
    app.add_routes([*local_api.ROUTES, *changes.ROUTES, *page_files.ROUTES])
    # A region and a tenant may come before the Connector's version; case means nothing.
    connector = "/{before:(?:[^/]+/){0,3}}{version:[vV][13]}/{tail:.*}"
    graph = "/{version:(?i:v[0-9]+[.][0-9]+|beta)}/{tail:.*}"
    app.add_routes([web.route("*", path, _service) for path in (connector, graph)])
    app.cleanup_ctx.append(_deliver_while_serving)
    app.on_shutdown.append(changes.end_streams)
    return app


async def _deliver_while_serving(app: web.Application) -> AsyncIterator[None]:
    hub = app[HUB]
    hub.loop = asyncio.get_running_loop()
    delivering = asyncio.create_task(hub.courier.work())
    yield
    delivering.cancel()
    await asyncio.wait([delivering])


async def _service(request: web.Request) -> web.Response:
    """A request to the Connector or to Graph."""
    hub = request.app[HUB]
    response = hub.answer(
        Request(request.method, request.raw_path, dict(request.headers), await request.read())
    )
    if response.delay:
        await asyncio.sleep(response.delay)
    if response.dropped and request.transport:
        request.transport.abort()
    hub.deliver_pending()
    return web.Response(status=response.status or 200, headers=response.headers, body=response.body)
