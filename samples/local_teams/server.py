"""Local Teams behind HTTP: the Connector at /v3, what it holds at /_local, and a live page."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from ssl import SSLContext
from typing import TYPE_CHECKING, Any, Self
from weakref import WeakSet

from aiohttp import web
from aiohttp_sse import sse_response

from .connector import answer
from .http import Request, Response
from .limits import Limits
from .weather import fault
from .world import World, contoso

if TYPE_CHECKING:  # who needs no sign-in needs no cryptography either
    from .sign_in import Authority

HOST = "127.0.0.1"
PORT = 8090
PAGE = Path(__file__).with_name("page")
OPENAPI = Path(__file__).with_name("openapi.json")  # the Connector's description
_STOP_AFTER = 0.5  # seconds that open pages get to finish when the server stops


@dataclass(frozen=True)
class Exchange:
    """A request to the Connector and what it answered."""

    request: Request
    response: Response


@dataclass
class _State:
    world: World
    exchanges: list[Exchange] = field(default_factory=list)
    check: Callable[[Request], Response | None] = lambda _: None
    watchers: WeakSet[asyncio.Event] = field(default_factory=WeakSet)  # one for each open page
    stopping: bool = False

    def changed(self) -> None:
        """Tell every open page."""
        for watcher in self.watchers:
            watcher.set()


_STATE = web.AppKey("state", _State)


def make_app(
    world: World, exchanges: list[Exchange] | None = None, authority: Authority | None = None
) -> web.Application:
    """The web application around a world; it adds what the Connector is asked to `exchanges`.

    Args:
        authority: whose tokens the Connector demands; without one it demands none.
    """
    app = web.Application(client_max_size=0)  # it is the Connector that refuses what is too large
    app[_STATE] = _State(world, exchanges if exchanges is not None else [])
    if authority:
        app[_STATE].check = authority.check
    app.add_routes(
        [
            web.route("*", "/v3/{tail:.*}", _connector),
            web.route("*", "/{region}/v3/{tail:.*}", _connector),
            web.get("/_local/world", _world),
            web.get("/_local/conversations/{id}", _messages),
            web.get("/_local/changes", _changes),
            web.get("/_local/openapi.json", _openapi),
            web.get("/_local/weather", _weather),
            web.post("/_local/weather", _add_weather),
            web.delete("/_local/weather", _clear_weather),
            web.get("/_local/limits", _limits),
            web.put("/_local/limits", _set_limits),
            web.get("/", _page),
            web.static("/page", PAGE),
        ]
    )
    app.on_shutdown.append(_stop)
    return app


async def _connector(request: web.Request) -> web.Response:
    state = request.app[_STATE]
    asked = Request(request.method, request.raw_path, dict(request.headers), await request.read())
    answered = state.check(asked) or answer(state.world, asked)
    state.exchanges.append(Exchange(asked, answered))
    state.changed()
    if answered.delay:
        await asyncio.sleep(answered.delay)
    if answered.dropped and request.transport:
        request.transport.abort()
    return web.Response(status=answered.status or 200, headers=answered.headers, body=answered.body)


async def _weather(request: web.Request) -> web.Response:
    return web.json_response([fault.as_json() for fault in request.app[_STATE].world.weather])


async def _add_weather(request: web.Request) -> web.Response:
    """Take one more fault; see weather.Fault."""
    try:
        made = fault(await _json_object(request))
    except ValueError as error:
        return web.json_response({"error": str(error)}, status=400)
    state = request.app[_STATE]
    state.world.weather.append(made)
    state.changed()
    return web.json_response(made.as_json(), status=201)


async def _clear_weather(request: web.Request) -> web.Response:
    request.app[_STATE].world.weather.clear()
    request.app[_STATE].changed()
    return web.Response(status=204)


async def _limits(request: web.Request) -> web.Response:
    return web.json_response({"on": request.app[_STATE].world.limits is not None})


async def _set_limits(request: web.Request) -> web.Response:
    """Limit how fast the bot may ask, from now on, or stop doing so."""
    state = request.app[_STATE]
    try:
        on = (await _json_object(request)).get("on")
        if not isinstance(on, bool):
            raise ValueError(f"on is true or false, not {on!r}")
    except ValueError as error:
        return web.json_response({"error": str(error)}, status=400)
    state.world.limits = Limits(state.world.clock) if on else None
    state.changed()
    return web.json_response({"on": on})


async def _json_object(request: web.Request) -> dict[str, Any]:
    """The body of a request to /_local.

    Raises:
        ValueError: it is no JSON object.
    """
    told = json.loads(await request.read() or b"null")
    if not isinstance(told, dict):
        raise ValueError(f"The body is a JSON object, not {told!r}")
    return told


async def _world(request: web.Request) -> web.Response:
    return web.json_response(request.app[_STATE].world.as_json(f"{request.url.origin()}/"))


async def _messages(request: web.Request) -> web.Response:
    found = request.app[_STATE].world.messages(request.match_info["id"])
    if found is None:
        raise web.HTTPNotFound(
            text=json.dumps({"error": f"There is no conversation {request.match_info['id']}"}),
            content_type="application/json",
        )
    return web.json_response(found)


async def _changes(request: web.Request) -> web.StreamResponse:
    """A stream of server-sent events, one whenever something may have changed."""
    state, changed = request.app[_STATE], asyncio.Event()
    state.watchers.add(changed)
    async with sse_response(request) as stream:
        while stream.is_connected() and not state.stopping:
            await stream.send("changed")
            await changed.wait()
            changed.clear()
        return stream


async def _stop(app: web.Application) -> None:
    """Let the streams of open pages end, so that the server can."""
    app[_STATE].stopping = True
    app[_STATE].changed()


async def _openapi(request: web.Request) -> web.FileResponse:
    return web.FileResponse(OPENAPI)


async def _page(request: web.Request) -> web.FileResponse:
    return web.FileResponse(PAGE / "index.html")


def serve(*, host: str = HOST, port: int = PORT, authority: Authority | None = None) -> None:
    """Serve the Contoso world until interrupted.

    Args:
        authority: whose tokens the Connector demands; without one it demands none.

    Raises:
        SystemExit: the port is taken; the message names it.
    """
    url = f"http://{host}:{port}/"
    try:
        web.run_app(
            make_app(contoso(), authority=authority),
            host=host,
            port=port,
            shutdown_timeout=_STOP_AFTER,
            access_log=None,
            print=lambda _: print(
                f"Local Teams: {url} (the page and the service URL). Stop with Ctrl+C.", flush=True
            ),
        )
    except OSError as error:
        raise SystemExit(
            f"Cannot serve at {url}: {error.strerror}\nName another port: --port {port + 1}"
        ) from error


class LocalTeams:
    """Local Teams in a thread of its own, on a free port: `with LocalTeams() as teams: …`.

    Attributes:
        world: what it holds.
        authority: whose tokens the Connector demands, and who signs what is posted to a bot.
        exchanges: every request to the Connector with its answer, oldest first.
        service_url: what a bot is told as its service URL; set while the server runs.
    """

    def __init__(self, world: World | None = None, authority: Authority | None = None) -> None:
        self.world = world or contoso()
        self.authority = authority
        self.exchanges: list[Exchange] = []
        self.service_url = ""
        self._running = serving(make_app(self.world, self.exchanges, authority))

    def __enter__(self) -> Self:
        self.service_url = self.world.service_url = self._running.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._running.__exit__(*error)


@contextmanager
def serving(app: web.Application, *, tls: SSLContext | None = None) -> Iterator[str]:
    """Serve an application in a thread of its own on a free port of this machine; gives its URL."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="local-teams", daemon=True)
    thread.start()
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_STOP_AFTER)

    async def start() -> str:
        await runner.setup()
        await web.TCPSite(runner, HOST, 0, ssl_context=tls).start()
        return f"{'https' if tls else 'http'}://{HOST}:{runner.addresses[0][1]}/"

    try:
        yield asyncio.run_coroutine_threadsafe(start(), loop).result()
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
