"""Run samples where there are no sockets, threads or processes: in a page, inside the browser.

The sample file runs as it is, and so does the SDK. What goes over a connection elsewhere is handed
over in memory: to Local Teams' server, and to the bot's. Nothing here needs a browser.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import importlib.util
import inspect
import io
import json
import os
import sys
import time
import traceback
import types
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Self

import requests
from aiohttp import ClientConnectorError, ClientSession, ClientTimeout, TCPConnector, web
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse
from yarl import URL

from samples.local_teams.events.actions import Happening
from samples.local_teams.model.exchange import Request
from samples.local_teams.model.world import World
from samples.local_teams.server.app import make_app
from samples.local_teams.server.hub import HUB, Hub
from samples.local_teams.server.serving import HOST, PORT
from samples.local_teams.server.wire import Exchange
from samples.local_teams.to_bot.deliveries import MESSAGES, Deliveries
from samples.runner.registry import SAMPLES, Sample, find
from samples.runner.running import environ, environment, title
from samples.runner.stories import PATIENCE, Story, read_story

SERVICE_URL = f"http://{HOST}:{PORT}/"
BOT_URL = f"http://{HOST}:3978"  # where samples.shared.endpoint serves unless told otherwise
Say = Callable[[str, Any], None]  # what happens, by kind, as it happens


async def run(sample: str, world: World, say: Say, *, folder: str) -> None:
    """Run a sample against a world, by its story if it has one, and tell what happens.

    Args:
        sample: its name in the registry.
        say: is told, one after another: `printed` (a text), `wire` (a request with its answer),
            and at the end `failed` (see `_failure`), if it did, and `arrived` (conversations with
            what is new in them).
        folder: where the sample may keep its database.
    """
    before = {c.id: len(c.messages) for c in world.conversations()}
    chosen = find(sample)
    story = read_story(chosen)
    async with Page(world, say, folder=folder, variables=story.environment) as page:
        with page.telling_of_failure():
            if story.steps:
                await page.play(story)
            if not story.is_bot:
                await _as_main(chosen, *story.arguments)
    say(
        "arrived",
        [
            {
                "id": conversation.id,
                "kind": conversation.kind,
                "title": title(world, conversation),
                "messages": conversation.messages[before.get(conversation.id, 0) :],
            }
            for conversation in world.conversations()
            if len(conversation.messages) > before.get(conversation.id, 0)
        ],
    )


class Page:
    """Local Teams, and a bot if one is started, while nothing goes over a network.

    `async with Page(world, say, folder=…) as page: …`

    Args:
        say: see `run`.
        folder: where samples may keep their database.
        variables: what is in the environment beside what every sample reads.
    """

    def __init__(
        self, world: World, say: Say, *, folder: str, variables: dict[str, str] | None = None
    ) -> None:
        self.world, self._say = world, say
        self._variables = environment(world, SERVICE_URL, folder) | (variables or {})
        self._wire = _Told(partial(say, "wire"))
        self._said_before = 0  # messages of the bot's when the last step was through
        self._deliveries = Deliveries(attempts=1)
        self._serving = ""  # the sample that serves as the bot
        self._runner: web.AppRunner | None = None
        self._background: set[asyncio.Task[Any]] = set()  # what the bot does of its own accord

    async def __aenter__(self) -> Self:
        self.world.service_url = SERVICE_URL
        self._open = contextlib.AsyncExitStack()
        printed = _Printed(self._say)
        self._open.enter_context(environ(self._variables))
        self._open.enter_context(contextlib.redirect_stdout(printed))
        self._open.enter_context(contextlib.redirect_stderr(printed))
        app = make_app(self.world, self._wire, deliveries=self._deliveries)
        self._open.enter_context(_requests_reach(app[HUB]))
        reaching = await self._open.enter_async_context(_aiohttp_reaches())
        self._hosts, self._reached = reaching
        teams = web.AppRunner(app, access_log=None)
        await teams.setup()
        self._open.push_async_callback(teams.cleanup)
        self._hosts[SERVICE_URL.rstrip("/")] = teams
        self._session = await self._open.enter_async_context(ClientSession())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        await self._open.aclose()

    @contextmanager
    def telling_of_failure(self) -> Iterator[None]:
        """Tell the reader what a sample ended with, instead of raising it."""
        try:
            yield
        except (Exception, SystemExit) as error:
            if failed := _failure(error, self._wire[-1] if self._wire else None):
                self._say("failed", failed)

    # -- the bot ----------------------------------------------------------------------------------

    async def start(self, sample: str) -> None:
        """Start a sample that serves; from then on it is sent what Teams sends a bot.

        Raises:
            SystemExit: it ends instead of serving.
        """
        kept: list[web.Application] = []

        def keep(app: web.Application, **_: Any) -> None:
            kept.append(app)

        others = asyncio.all_tasks()
        before, web.run_app = web.run_app, keep  # type: ignore[assignment]
        try:
            await _as_main(find(sample))
        finally:
            web.run_app = before
        if not kept:
            raise SystemExit(f"{sample} ended; it does not serve.")
        runner = web.AppRunner(kept[0], access_log=None)
        await runner.setup()
        self._background = asyncio.all_tasks() - others
        self._serving, self._runner, self._hosts[BOT_URL] = sample, runner, runner
        self._deliveries.url = BOT_URL + MESSAGES

    async def stop(self) -> None:
        """Stop the bot as Ctrl+C does: it cleans up."""
        if self._runner:
            await self._runner.cleanup()
        self._deliveries.url = self._runner = None

    def kill(self) -> None:
        """Stop the bot as kill -9 does: it cleans nothing up, and its connections break."""
        assert self._runner and self._runner.server
        for connection in self._runner.server.connections:
            connection.force_close()
        for connector in self._reached[SERVICE_URL.rstrip("/")] - {self._session.connector}:
            connector._close()
        for task in self._background:
            task.cancel()
        asyncio.get_running_loop().set_exception_handler(_silent_on_what_was_killed)
        self._deliveries.url = self._runner = None

    async def happen(self, happening: Happening) -> str:
        """Let something happen, and bring it to the bot; what went wrong, or an empty text."""
        told = {key: value for key, value in vars(happening).items() if value}
        async with self._session.post(f"{SERVICE_URL}_local/happenings", json=told) as answered:
            said = await answered.json()
        return str(said.get("error") or "\n".join(said["trouble"]))

    async def play(self, story: Story) -> None:
        """Start the story's bot, let the steps happen one after another, and stop the bot.

        Raises:
            SystemExit: the bot does not serve, refuses a request or keeps silent.
        """
        await self.start(story.bot)
        for step in story.steps:
            await self.step(step)
        await self.stop()

    async def step(self, step: dict[str, Any]) -> None:
        """Let one step of a story happen.

        Raises:
            SystemExit: no bot runs, or it refuses a request or keeps silent.
        """
        if self._runner is None:
            raise SystemExit("No bot runs: start it first.")
        if step.get("restart"):
            self.kill()
            await self.start(self._serving)
        elif "wait" in step:
            self._said_before += step["wait"]
            await self._until_said(self._said_before)
        elif "call" in step:
            await self._call(step)
            self._said_before = self._said_by_bot()
        else:
            if trouble := await self.happen(Happening(**step)):
                raise SystemExit(trouble)
            self._said_before = self._said_by_bot()

    async def _call(self, step: dict[str, Any]) -> None:
        """What a program elsewhere posts to the bot, and whether the answer is as expected."""
        path, expected = step["call"], step.get("expect")
        url, headers = BOT_URL + path, step.get("headers")
        async with self._session.post(url, json=step.get("json", {}), headers=headers) as answered:
            status = answered.status
        if status != expected if expected else not answered.ok:
            raise SystemExit(f"{self._serving} answered {status} to POST {path}.")

    async def _until_said(self, count: int) -> None:
        end = time.monotonic() + PATIENCE
        while self._said_by_bot() < count:
            if time.monotonic() > end:
                raise SystemExit(f"{self._serving} keeps silent.")
            await asyncio.sleep(0.02)

    def _said_by_bot(self) -> int:
        world = self.world
        return sum(
            m["from"]["id"] == world.bot_id for c in world.conversations() for m in c.messages
        )


class Playground(Page):
    """A world to poke at, in which samples start one after another, and which stays as it is.

    Beside what `Page` tells, `changed` is what `GET /_local/changes` does.
    """

    _watching: asyncio.Task[None] | None = None

    async def __aexit__(self, *error: object) -> None:
        if self._watching:
            self._watching.cancel()
        await super().__aexit__(*error)

    async def begin(self, sample: str) -> bool:
        """Start the bot of a sample's story instead of the one that runs; a sample that has none
        is run. Tells of its failure; answers whether a bot runs now."""
        await self.stop()
        story = read_story(find(sample))
        os.environ.update(story.environment)
        with self.telling_of_failure():
            if story.bot:
                await self.start(story.bot)
            else:
                await _as_main(find(sample))
        return self._runner is not None

    async def let(self, sample: str, number: int) -> None:
        """Let a step of a sample's story happen, by its place; past the last, run the sample.

        Tells of its failure.
        """
        story = read_story(find(sample))
        with self.telling_of_failure():
            if number < len(story.steps):
                await self.step(story.steps[number])
            else:
                await _as_main(find(sample), *story.arguments)

    async def ask(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        """Ask Local Teams what its page asks; the status of the answer, and its text."""
        url = f"{SERVICE_URL}{path}"
        async with self._session.request(method, url, json=body) as answered:
            return answered.status, await answered.text()

    def watch(self) -> None:
        """Tell of all that there is, and then of every change."""
        if self._watching:
            self._watching.cancel()
        self._watching = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        endless = ClientTimeout(total=None)
        async with self._session.get(f"{SERVICE_URL}_local/changes", timeout=endless) as stream:
            async for line in stream.content:
                if line.startswith(b"data: "):
                    self._say("changed", json.loads(line.removeprefix(b"data: ")))


# -- running a file --------------------------------------------------------------------------------


async def _as_main(sample: Sample, *arguments: str) -> None:
    """`python -m <module> <arguments>`, where a running event loop cannot be entered again.

    What stands as `asyncio.run(main())` is awaited, and so is a function that has it; it is the one
    line that needs a thread's own loop. The file is not touched, and lines keep their numbers.
    """
    for name in [name for name in sys.modules if _is_fresh(name)]:
        del sys.modules[name]
    name = sample.module
    inside = ".__main__" if sample.start.name == "__main__.py" else ""
    spec = importlib.util.find_spec(f"{name}{inside}")
    assert spec and spec.origin
    code = _compiled(Path(spec.origin))
    main = types.ModuleType("__main__")
    main.__dict__.update(__spec__=spec, __file__=spec.origin, __package__=spec.parent)
    shell, line = sys.modules["__main__"], sys.argv
    sys.modules["__main__"], sys.argv = main, [name, *arguments]
    try:
        result = eval(code, main.__dict__)
        if code.co_flags & inspect.CO_COROUTINE:
            await result
    finally:
        sys.modules["__main__"], sys.argv = shell, line


def _compiled(path: Path) -> types.CodeType:
    waiting: set[str] = set()
    while True:
        tree = ast.parse(path.read_bytes(), str(path))
        mentioned = Counter(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))
        awaiting = _Awaiting(waiting)
        awaiting.visit(tree)
        # Who takes such a function for a value does not know that it has to be awaited.
        found = {name for name in awaiting.callers if awaiting.calls[name] == mentioned[name]}
        if found <= waiting:
            break
        waiting |= found
    how = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    tree = ast.fix_missing_locations(tree)
    made: types.CodeType = compile(tree, str(path), "exec", flags=how, dont_inherit=True)
    return made


class _Awaiting(ast.NodeTransformer):
    """Turns `asyncio.run(x)` into `(await x)`: outside functions, and in some functions.

    Args:
        waiting: the module's functions that become coroutine functions, with each call awaited.

    Attributes:
        callers: the module's functions that call `asyncio.run` or a waiting function.
        calls: how often each name is called where a call can be awaited.
    """

    def __init__(self, waiting: set[str]) -> None:
        self._waiting, self._within = waiting, ""
        self.callers: set[str] = set()
        self.calls = Counter[str]()

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        called = ast.unparse(node.func)
        self.calls[called] += 1
        runs = called == "asyncio.run" and bool(node.args)
        if not runs and called not in self._waiting:
            return node
        if self._within:
            self.callers.add(self._within)
            if self._within not in self._waiting:
                return node
        return ast.copy_location(ast.Await(node.args[0] if runs else node), node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if self._within:  # a function inside a function
            return node
        self._within = node.name
        self.generic_visit(node)
        self._within = ""
        return ast.AsyncFunctionDef(**vars(node)) if node.name in self._waiting else node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        return node


def _is_fresh(module: str) -> bool:
    """Whether a run imports a module anew: a reader may have changed it, or filled its globals."""
    return module.startswith("samples.") and not module.startswith(_KEPT)


_KEPT = ("samples.facts", "samples.local_teams", "samples.runner")


# -- connections without a network -----------------------------------------------------------------


@asynccontextmanager
async def _aiohttp_reaches() -> AsyncIterator[tuple[dict[str, web.AppRunner], dict[str, set[Any]]]]:
    """Let aiohttp's clients reach only servers in this process.

    Yields:
        These servers, and what connected to each, by origin.
    """
    hosts: dict[str, web.AppRunner] = {}
    reached: dict[str, set[Any]] = defaultdict(set)

    async def connect(connector: Any, request: Any, *_: Any) -> Any:
        origin = str(request.url.origin())
        if origin not in hosts:
            reason = OSError(None, f"the page reaches {' and '.join(hosts)}, not {origin}")
            raise ClientConnectorError(request.connection_key, reason)
        reached[origin].add(connector)
        client, server = connector._factory(), hosts[origin].server
        assert server
        _Wire.join(client, server())
        return client

    before = TCPConnector._create_connection
    TCPConnector._create_connection = connect  # type: ignore[method-assign, assignment]
    try:
        yield hosts, reached
    finally:
        TCPConnector._create_connection = before  # type: ignore[method-assign]
        for connector in set().union(*reached.values()):
            await connector.close()


class _Wire(asyncio.Transport):
    """One end of a connection in memory: what is written here, the other end's protocol reads."""

    def __init__(self, reader: asyncio.Protocol) -> None:
        super().__init__()
        self._reader = reader
        self._loop = asyncio.get_running_loop()
        self._closing = False
        self._other: _Wire = self

    @classmethod
    def join(cls, one: asyncio.Protocol, other: asyncio.Protocol) -> None:
        """Connect two protocols."""
        here, there = cls(other), cls(one)
        here._other, there._other = there, here
        one.connection_made(here)
        other.connection_made(there)

    def write(self, data: bytes | bytearray | memoryview[int]) -> None:
        self._loop.call_soon(self._reader.data_received, bytes(data))

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self._loop.call_soon(self._reader.connection_lost, None)
            self._other.close()

    abort = close


@contextmanager
def _requests_reach(hub: Hub) -> Iterator[None]:
    """Let `requests` hand its requests to Local Teams; it cannot wait for a server in here."""

    def send(
        adapter: HTTPAdapter, request: requests.PreparedRequest, **_: Any
    ) -> requests.Response:
        url = URL(str(request.url), encoded=True)
        if str(url.origin()) != SERVICE_URL.rstrip("/"):
            reason = f"The page reaches {SERVICE_URL}, not {url.origin()}/."
            raise requests.ConnectionError(reason, request=request)
        body = request.body or b""
        asked = Request(
            str(request.method),
            url.raw_path_qs,
            {str(name): str(value) for name, value in request.headers.items()},
            body if isinstance(body, bytes) else str(body).encode(),
        )
        answered = hub.answer(asked)
        time.sleep(answered.delay)
        hub.deliver_pending()
        if answered.dropped:
            raise requests.ConnectionError("The connection was closed.", request=request)
        content = io.BytesIO(answered.body)
        return adapter.build_response(
            request,
            HTTPResponse(content, answered.headers, answered.status, preload_content=False),
        )

    before, HTTPAdapter.send = HTTPAdapter.send, send  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        HTTPAdapter.send = before  # type: ignore[method-assign]


# -- what a reader is told -------------------------------------------------------------------------


class _Printed(io.TextIOBase):
    """Standard output that is told as it comes."""

    def __init__(self, say: Say) -> None:
        self._say = say

    def write(self, text: str) -> int:
        self._say("printed", text)
        return len(text)


class _Told(list[Exchange]):
    """What goes over the wire, told as it comes."""

    def __init__(self, say: Callable[[dict[str, Any]], None]) -> None:
        super().__init__()
        self._say = say

    def append(self, exchange: Exchange) -> None:
        super().append(exchange)
        asked, answered = exchange.request, exchange.response
        self._say(
            {
                "direction": exchange.direction,
                "method": asked.method,
                "path": asked.path,
                "body": asked.json,
                "status": answered.status,
                "answer": answered.json,
            }
        )


def _failure(error: BaseException, last: Exchange | None) -> dict[str, Any] | None:
    """What a sample ended with, for a reader; None when it ended well.

    Args:
        last: the last request with its answer.

    Returns:
        `text`: what a shell would show. `file` and `line`: where in samples/ it happened last, the
        file as a path below samples/. `refusal`: the status and the code that Teams answered last,
        if it refused.
    """
    if isinstance(error, SystemExit):
        if not error.code:
            return None
        text = str(error.code)
    else:
        shown = error.__traceback__
        while shown and shown.tb_frame.f_code.co_filename == __file__:
            shown = shown.tb_next
        text = "".join(traceback.format_exception(type(error), error, shown))
    failed: dict[str, Any] = {"text": text}
    places = [
        (frame.filename, frame.lineno)
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename != __file__
    ]
    if isinstance(error, SyntaxError):
        places.append((error.filename or "", error.lineno))
    for file, line in places:
        if Path(file).is_relative_to(SAMPLES):
            failed |= {"file": str(Path(file).relative_to(SAMPLES)), "line": line}
    if last and last.direction == "to Teams" and last.response.status >= 400:
        failed["refusal"] = {"status": last.response.status, "code": _code(last.response.json)}
    return failed


def _silent_on_what_was_killed(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """aiohttp complains of a session that nobody closed; a process that is killed closes none."""
    if "client_session" not in context:
        loop.default_exception_handler(context)


def _code(answered: Any) -> str:
    """Teams' error code; a blocked chat has it in JSON inside the message (facts.toml)."""
    try:
        if "errorCode" in answered:
            return str(json.loads(answered["message"])["subCode"])
        return str(answered["error"]["code"])
    except (TypeError, KeyError):  # no body, or another one
        return ""
