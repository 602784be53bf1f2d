"""Local Teams behind HTTP: Connector, Microsoft Graph, what it holds at /_local, a live page."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, MutableSequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from ssl import SSLContext
from typing import TYPE_CHECKING, Any, Self, TypeVar
from weakref import WeakSet

from aiohttp import web
from aiohttp_sse import sse_response

from ..events.actions import Happening, happen
from ..model.exchange import Request, Response
from ..model.faults import fault
from ..model.limits import Limits
from ..model.world import Activity, World, contoso
from ..services.address import parse_address
from ..services.dispatch import answer
from ..testing.actors import Actor, Chat
from ..to_bot.courier import MESSAGES, Bot, Courier, Handler, NotDelivered, application, endpoint

if TYPE_CHECKING:  # who needs no sign-in needs no cryptography either
    from ..sign_in.authority import Authority

HOST = "127.0.0.1"
PORT = 8090
PAGE = Path(__file__).with_name("page")
OPENAPI = Path(__file__).with_name("openapi.json")  # the Connector's description
_T = TypeVar("_T")
# Microsoft's library that draws Adaptive Cards, where npm has put it
CARDS = Path(__file__).parents[3] / "node_modules/adaptivecards/dist/adaptivecards.min.js"
NO_CARDS = "// Not here: npm ci fetches it. Until then, cards are drawn plainly.\n"
WIRE_KEPT = 1000  # exchanges that are told of, and that a server keeps
_STOP_AFTER = 0.5  # seconds that open pages get to finish when the server stops
_PAUSE = 0.05  # seconds between two events to a page, so that a burst of messages is one


@dataclass(frozen=True)
class Exchange:
    """A request and what it was answered, by the Connector, Graph or the bot.

    Attributes:
        direction: `to Teams` or `to the bot`.
        number: counts from 1.
        at: when the answer was there.
    """

    request: Request
    response: Response
    direction: str = "to Teams"
    number: int = 0
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def as_json(self) -> dict[str, Any]:
        """As `GET /_local/wire` tells it; a body that is no JSON is told as text."""
        return {
            "number": self.number,
            "at": self.at.isoformat(timespec="milliseconds"),
            "direction": self.direction,
            "method": self.request.method,
            "path": self.request.path,
            "body": _readable(self.request.body),
            "status": self.response.status,
            "answer": _readable(self.response.body),
        }


def _readable(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body.decode(errors="replace")


@dataclass
class State:
    world: World
    exchanges: MutableSequence[Exchange]
    bot: Bot
    check: Callable[[Request], Response | None] = lambda _: None
    watchers: WeakSet[asyncio.Event] = field(default_factory=WeakSet)  # one for each open page
    scenery: int = 0  # how often people, chats, teams or the weather changed
    stopping: bool = False
    loop: asyncio.AbstractEventLoop = field(init=False)  # both are set when the server starts
    work: asyncio.Task[None] = field(init=False)

    def __post_init__(self) -> None:
        self.courier = Courier(self.world, self.bot, self._delivered)

    def keep(self, request: Request, response: Response, direction: str = "to Teams") -> None:
        """Remember what went over the wire."""
        self.exchanges.append(Exchange(request, response, direction, self.last_number + 1))

    @property
    def last_number(self) -> int:
        return self.exchanges[-1].number if self.exchanges else 0

    def changed(self, *, scenery: bool = False) -> None:
        """Tell every open page that something was said, or with `scenery` that more may differ."""
        self.scenery += scenery
        for watcher in self.watchers:
            watcher.set()

    def row(self, conversation_id: str) -> dict[str, Any] | None:
        """What a list shows of a conversation where something was said; None when that is gone."""
        found = self.world.conversation(conversation_id)
        if found is None or not found.messages:
            return None
        last = found.messages[-1]
        return {
            "id": found.id,
            "person": found.members[0].id if found.kind == "personal" else None,
            "messages": len(found.messages),
            "newest": last["timestamp"],
            "from": last["from"]["name"],
            "text": (last.get("text") or last.get("summary") or "")[:100],
        }

    def _delivered(self, request: Request, response: Response) -> None:
        self.keep(request, response, "to the bot")
        self.changed()

    def answer(self, asked: Request) -> Response:
        """What the Connector or Graph answers; `bring` then brings the bot what came of it."""
        answered = self.check(asked) or answer(self.world, asked)
        self.keep(asked, answered)
        # What Teams tells a bot changed the scenery, and what Graph was asked to do.
        done = parse_address(asked.path).is_graph and asked.method != "GET"
        self.changed(scenery=bool(self.world.pending) or done)
        return answered

    def bring(self) -> None:
        """Bring the bot what Teams tells it of what was asked.

        Not waited for: the bot may be busy with what made it ask.
        """
        self.courier.post(self.world.pending)
        self.world.pending = []

    async def happen(
        self, happening: Happening, service_url: str
    ) -> tuple[list[Activity], list[str]]:
        """Let something happen and bring the bot what it is sent; answers with that, and with
        how each delivery ended: an empty text, or what went wrong.

        Raises:
            ValueError: there is no such person, place or deed.
        """
        sent = happen(self.world, happening, service_url=service_url)
        self.changed(scenery=happening.does != "says")
        ended = await asyncio.gather(*self.courier.post(sent))
        await self.courier.settled()
        return sent, ended

    async def until(self, there: Callable[[], bool]) -> None:
        """Wait for a change after which something is there."""
        changed = asyncio.Event()
        self.watchers.add(changed)
        while not there():
            await changed.wait()
            changed.clear()


STATE = web.AppKey("state", State)


def make_app(
    world: World,
    exchanges: MutableSequence[Exchange] | None = None,
    authority: Authority | None = None,
    bot: Bot | None = None,
) -> web.Application:
    """The web application around a world.

    Args:
        exchanges: where what goes over the wire is added; without one the last WIRE_KEPT are kept.
        authority: whose tokens the Connector demands, and who signs what the bot is sent; without
            one there are no tokens.
        bot: who hears what people do.
    """
    app = web.Application(client_max_size=0)  # it is the Connector that refuses what is too large
    bot = bot or Bot()
    kept = deque(maxlen=WIRE_KEPT) if exchanges is None else exchanges
    app[STATE] = State(world, kept, bot)
    if authority:
        app[STATE].check = authority.check
        bot.sign = authority.sign
    app.add_routes(
        [
            web.route("*", "/v3/{tail:.*}", _connector),
            web.route("*", "/{region}/v3/{tail:.*}", _connector),
            web.route("*", "/v1.0/{tail:.*}", _connector),
            web.route("*", "/beta/{tail:.*}", _connector),
            web.get("/_local/world", _world),
            web.get("/_local/conversations/{id}", _messages),
            web.get("/_local/changes", _changes),
            web.get("/_local/openapi.json", _openapi),
            web.get("/_local/weather", _weather),
            web.post("/_local/weather", _add_weather),
            web.delete("/_local/weather", _clear_weather),
            web.get("/_local/limits", _limits),
            web.put("/_local/limits", _set_limits),
            web.post("/_local/happenings", _happenings),
            web.get("/_local/bot", _bot),
            web.put("/_local/bot", _set_bot),
            web.delete("/_local/bot", _no_bot),
            web.get("/_local/wire", _wire),
            web.get("/", _page),
            web.get(f"/page/{CARDS.name}", _cards),
            web.static("/page", PAGE),
        ]
    )
    app.on_shutdown.append(_stop)
    app.on_startup.append(_start)
    app.on_cleanup.append(_end)
    return app


async def _start(app: web.Application) -> None:
    """Bring the bot what it is sent while the server runs."""
    state = app[STATE]
    state.loop = asyncio.get_running_loop()
    state.work = asyncio.create_task(state.courier.work())


async def _end(app: web.Application) -> None:
    app[STATE].work.cancel()
    await asyncio.wait([app[STATE].work])


async def _connector(request: web.Request) -> web.Response:
    state = request.app[STATE]
    asked = Request(request.method, request.raw_path, dict(request.headers), await request.read())
    answered = state.answer(asked)
    if answered.delay:
        await asyncio.sleep(answered.delay)
    if answered.dropped and request.transport:
        request.transport.abort()
    state.bring()
    return web.Response(status=answered.status or 200, headers=answered.headers, body=answered.body)


async def _weather(request: web.Request) -> web.Response:
    return web.json_response([fault.as_json() for fault in request.app[STATE].world.weather])


async def _add_weather(request: web.Request) -> web.Response:
    """Take one more fault; see weather.Fault."""
    try:
        made = fault(await _json_object(request))
    except ValueError as error:
        return web.json_response({"error": str(error)}, status=400)
    state = request.app[STATE]
    state.world.weather.append(made)
    state.changed(scenery=True)
    return web.json_response(made.as_json(), status=201)


async def _clear_weather(request: web.Request) -> web.Response:
    request.app[STATE].world.weather.clear()
    request.app[STATE].changed(scenery=True)
    return web.Response(status=204)


async def _limits(request: web.Request) -> web.Response:
    return web.json_response({"on": request.app[STATE].world.limits is not None})


async def _set_limits(request: web.Request) -> web.Response:
    """Limit how fast the bot may ask, from now on, or stop doing so."""
    state = request.app[STATE]
    try:
        on = (await _json_object(request)).get("on")
        if not isinstance(on, bool):
            raise ValueError(f"on is true or false, not {on!r}")
    except ValueError as error:
        return web.json_response({"error": str(error)}, status=400)
    state.world.limits = Limits(state.world.clock) if on else None
    state.changed(scenery=True)
    return web.json_response({"on": on})


async def _json_object(
    request: web.Request, known: dict[str, type] | None = None
) -> dict[str, Any]:
    """The body of a request to /_local.

    Args:
        known: which fields it may have, and of what type; any when None.

    Raises:
        ValueError: it is no JSON object, or has other fields.
    """
    told = json.loads(await request.read() or b"null")
    if not isinstance(told, dict):
        raise ValueError(f"The body is a JSON object, not {told!r}")
    for name, value in told.items():
        if known and type(value) is not known.get(name):
            there = ", ".join(f"{name} ({kind.__name__})" for name, kind in known.items())
            raise ValueError(f"{name!r} cannot be {value!r}. There are: {there}")
    return told


async def _world(request: web.Request) -> web.Response:
    return web.json_response(request.app[STATE].world.as_json(f"{request.url.origin()}/"))


async def _messages(request: web.Request) -> web.Response:
    """What was said in a conversation; with `?last=200` the end of it."""
    found = request.app[STATE].world.messages(request.match_info["id"])
    if found is None:
        raise web.HTTPNotFound(
            text=json.dumps({"error": f"There is no conversation {request.match_info['id']}"}),
            content_type="application/json",
        )
    return web.json_response(found[-_number(request, "last") :])


async def _wire(request: web.Request) -> web.Response:
    """What went over the wire, oldest first; with `?after=7` only what came after number 7."""
    exchanges, after = request.app[STATE].exchanges, _number(request, "after")
    kept = list(exchanges)[-WIRE_KEPT:]
    return web.json_response([e.as_json() for e in kept if e.number > after])


def _number(request: web.Request, name: str) -> int:
    """A number of the query; 0 when left out."""
    told = request.query.get(name, "0")
    if not (told.isascii() and told.isdecimal()):
        raise web.HTTPBadRequest(
            text=json.dumps({"error": f"{name} is a number, not {told!r}"}),
            content_type="application/json",
        )
    return int(told)


async def _changes(request: web.Request) -> web.StreamResponse:
    """A stream of server-sent events: what changed since the one before; the first tells all.

    Each is `{"world": whether people, chats, teams or the weather may differ, "conversations":
    those in which something changed, "wire": the number of the latest exchange}`.
    """
    state, changed = request.app[STATE], asyncio.Event()
    state.watchers.add(changed)
    seen, scenery = 0, -1
    async with sse_response(request) as stream:
        while stream.is_connected() and not state.stopping:
            changed.clear()
            new = state.world.changes[seen:]
            event = {
                "world": state.scenery != scenery,
                "conversations": [row for key in dict.fromkeys(new) if (row := state.row(key))],
                "wire": state.last_number,
            }
            seen, scenery = seen + len(new), state.scenery
            await stream.send(json.dumps(event))
            await asyncio.sleep(_PAUSE)
            await changed.wait()
        return stream


async def _happenings(request: web.Request) -> web.Response:
    """Let somebody do something: a Happening as JSON."""
    state = request.app[STATE]
    service_url = state.world.service_url or f"{request.url.origin()}/"
    try:
        given = await _json_object(request, {one.name: str for one in fields(Happening)})
        happening = Happening(**({"who": "", "does": ""} | given))
        sent, ended = await state.happen(happening, service_url)
    except ValueError as error:
        return web.json_response({"error": str(error)}, status=400)
    trouble = [text for text in ended if text]
    return web.json_response(
        {"sent": sent, "delivered": len(ended) - len(trouble), "trouble": trouble}
    )


async def _bot(request: web.Request) -> web.Response:
    bot = request.app[STATE].bot
    return web.json_response({"url": bot.url, "duplicates": bot.duplicates, "lost": bot.lost})


async def _set_bot(request: web.Request) -> web.Response:
    """Take where the bot listens, and how its next deliveries fare; what is left out stays."""
    bot = request.app[STATE].bot
    try:
        given = await _json_object(request, {"url": str, "duplicates": int, "lost": int})
        if "url" in given:
            bot.url = endpoint(given["url"])
    except ValueError as error:
        return web.json_response({"error": str(error)}, status=400)
    bot.duplicates = max(given.get("duplicates", bot.duplicates), 1)
    bot.lost = max(given.get("lost", bot.lost), 0)
    return await _bot(request)


async def _no_bot(request: web.Request) -> web.Response:
    request.app[STATE].bot.url = None
    return await _bot(request)


async def _stop(app: web.Application) -> None:
    """Let the streams of open pages end, so that the server can."""
    app[STATE].stopping = True
    app[STATE].changed()


async def _openapi(request: web.Request) -> web.FileResponse:
    return web.FileResponse(OPENAPI)


async def _page(request: web.Request) -> web.FileResponse:
    return web.FileResponse(PAGE / "index.html")


async def _cards(request: web.Request) -> web.StreamResponse:
    if CARDS.exists():
        return web.FileResponse(CARDS)
    return web.Response(text=NO_CARDS, content_type="text/javascript")


def serve(
    *, host: str = HOST, port: int = PORT, bot: str = "", authority: Authority | None = None
) -> None:
    """Serve the Contoso world until interrupted.

    Args:
        bot: the messaging endpoint of the bot that hears what people do; empty for none.
        authority: whose tokens the Connector demands, and who signs what the bot is sent; without
            one there are no tokens.

    Raises:
        SystemExit: the port is taken, or the bot's address is none; the message names it.
    """
    url = f"http://{host}:{port}/"
    try:
        listener = Bot(endpoint(bot)) if bot else None
    except ValueError as error:
        raise SystemExit(str(error)) from error
    try:
        web.run_app(
            make_app(contoso(), authority=authority, bot=listener),
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

    Set `bot` and let people do something: `teams.person("Ada").says("hi")` returns when the bot has
    answered all that it was sent, and `teams.chat("Ada").texts` is what it said.

    Attributes:
        world: what it holds.
        authority: whose tokens the Connector demands, and who signs what the bot is sent.
        exchanges: every request to the Connector and to the bot with its answer, oldest first.
        service_url: what a bot is told as its service URL; set while the server runs.
    """

    def __init__(self, world: World | None = None, authority: Authority | None = None) -> None:
        self.world = world or contoso()
        self.authority = authority
        self.exchanges: list[Exchange] = []
        self.service_url = ""
        self._bot = Bot()
        self._app = make_app(self.world, self.exchanges, authority, self._bot)
        self._running = ExitStack()

    def __enter__(self) -> Self:
        self.service_url = self._running.enter_context(serving(self._app))
        self.world.service_url = self.service_url
        return self

    def __exit__(self, *error: Any) -> None:
        self._running.close()

    @property
    def bot(self) -> Bot:
        """Who hears what people do. Set it to the URL of a messaging endpoint, or to a bot in this
        process, which then runs in a thread of its own: an aiohttp application with a route for
        POST /api/messages, an adapter with its handler as a pair, or a function from request to
        response.

        Raises:
            ValueError: it is none of these, or an application that was served before.
        """
        return self._bot

    @bot.setter
    def bot(self, bot: str | web.Application | Handler | tuple[Any, Any] | None) -> None:
        if bot is None or isinstance(bot, str):
            self._bot.url = endpoint(bot) if bot else None
            return
        if isinstance(bot, tuple):
            adapter, handler = bot
            bot = application(lambda request: adapter.process(request, handler))
        elif not isinstance(bot, web.Application):
            bot = application(bot)
        if bot.frozen:
            raise ValueError("This application was served before: make one for each test.")
        url = self._running.enter_context(serving(bot))
        self._bot.url = f"{url.rstrip('/')}{MESSAGES}"

    @property
    def wire(self) -> list[Exchange]:
        """Every request and answer, in both directions, oldest first."""
        return self.exchanges

    def person(self, name: str) -> Actor:
        """Somebody who can do things: by name, or by first name where only one has it.

        Raises:
            ValueError: nobody is called so, or several are; the message says who there is.
        """
        return Actor(self, name)

    def chat(self, name: str) -> Chat:
        """The personal chat between a person and the bot."""
        return Chat(self, name)

    def group(self, name: str) -> Chat:
        """A group chat, by name."""
        return Chat(self, where=name)

    def channel(self, name: str) -> Chat:
        """A channel, as `Team/Channel`."""
        return Chat(self, where=name)

    def fault(self, **told: Any) -> None:
        """Make Teams refuse, slow down or drop a request to come: see weather.Fault.

        Raises:
            ValueError: a fault has no such name or value; the message says which it has.
        """
        self.world.weather.append(fault(told))

    def happen(self, happening: Happening) -> list[Activity]:
        """Let something happen, and wait until the bot has answered all that it is sent.

        Returns:
            The activities that the bot was sent.

        Raises:
            ValueError: there is no such person, place or deed; the message says what there is.
            NotDelivered: the bot failed, refused or kept silent; the message says how.
        """
        sent, ended = self._do(self._app[STATE].happen(happening, self.service_url))
        if trouble := [text for text in ended if text]:
            raise NotDelivered("\n".join(trouble))
        return sent

    def wait_until(self, there: Callable[[], bool], *, seconds: float) -> bool:
        """Wait until something is there, looking after every change; False when it never was."""

        async def wait() -> bool:
            try:
                async with asyncio.timeout(seconds):
                    await self._app[STATE].until(there)
            except TimeoutError:
                return False
            return True

        return self._do(wait())

    def _do(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run something where the server runs, so that nobody else changes the world meanwhile."""
        return asyncio.run_coroutine_threadsafe(work, self._app[STATE].loop).result()


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
