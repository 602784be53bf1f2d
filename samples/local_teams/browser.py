"""Run a sample where there are no sockets, threads or processes: in a page, inside the browser.

The sample file runs as it is. What it sends is handed to `connector.answer` instead of the network.
Nothing here needs a browser; the page brings its own `say`.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import importlib.util
import inspect
import io
import json
import sys
import time
import traceback
import types
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from aiohttp import web
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from .connector import answer
from .events import Happening, happen
from .http import Request
from .running import SAMPLES, environ, environment, title
from .stories import PATIENCE, Story, read_story
from .world import Activity, Conversation, World

SERVICE_URL = "http://127.0.0.1:8090/"  # the address that Local Teams has outside a page too
Say = Callable[[str, Any], None]  # what happens, by kind, as it happens


async def run(sample: str, world: World, say: Say, *, folder: str) -> None:
    """Run a sample against a world, and tell what happens.

    Args:
        sample: one of `running.names()`.
        say: is told, one after another: `printed` (a text), `wire` (a request with its answer),
            and at the end `arrived` (conversations with what is new in them) and, when the sample
            failed, `failed` (see `_failure`).
        folder: where the sample may keep its database.
    """
    world.service_url = SERVICE_URL
    before = {c.id: len(c.messages) for c in world.conversations()}
    last: dict[str, Any] = {}  # the last request, with its answer

    def on_wire(exchange: dict[str, Any]) -> None:
        last.update(exchange)
        say("wire", exchange)

    printed = _Printed(say)
    story = read_story(sample)
    variables = environment(world, SERVICE_URL, folder) | story.environment
    with (
        _direct(world, on_wire),
        environ(variables),
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(printed),
    ):
        try:
            if story.steps:
                await _play(world, story)
            if not story.is_bot:
                await _as_main(sample)
        except (Exception, SystemExit) as error:
            if failed := _failure(error, last):
                say("failed", failed)
    say("arrived", [_told(world, c, before.get(c.id, 0)) for c in _new(world, before)])


async def _as_main(sample: str) -> None:
    """`python -m samples.<sample>`, where a running event loop cannot be entered again.

    What stands as `asyncio.run(main())` outside any function is awaited; it is the one line that
    needs a thread's own loop. The file is not touched, and lines keep their numbers.
    """
    for name in [name for name in sys.modules if _is_fresh(name)]:
        del sys.modules[name]
    name = f"samples.{sample}"
    spec = importlib.util.find_spec(name)
    if spec and spec.submodule_search_locations:
        spec = importlib.util.find_spec(f"{name}.__main__")
    assert spec and spec.origin
    code = _compiled(Path(spec.origin))
    main = types.ModuleType("__main__")
    main.__dict__.update(__spec__=spec, __file__=spec.origin, __package__=spec.parent)
    shell = sys.modules["__main__"]
    sys.modules["__main__"] = main
    try:
        result = eval(code, main.__dict__)
        if code.co_flags & inspect.CO_COROUTINE:
            await result
    finally:
        sys.modules["__main__"] = shell


def _compiled(path: Path) -> types.CodeType:
    tree = ast.fix_missing_locations(_Awaiting().visit(ast.parse(path.read_bytes(), str(path))))
    how = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    made: types.CodeType = compile(tree, str(path), "exec", flags=how, dont_inherit=True)
    return made


class _Awaiting(ast.NodeTransformer):
    """Turns `asyncio.run(x)` outside functions and classes into `(await x)`."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if ast.unparse(node.func) == "asyncio.run" and node.args:
            return ast.copy_location(ast.Await(node.args[0]), node)
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        return node


def _is_fresh(module: str) -> bool:
    """Whether a run imports a module anew: a reader may have changed it, or filled its globals."""
    return module.startswith("samples.") and not module.startswith(_KEPT)


_KEPT = ("samples.facts", "samples.local_teams")


# -- what the sample sends -------------------------------------------------------------------------


@contextlib.contextmanager
def _direct(world: World, on_wire: Callable[[dict[str, Any]], None]) -> Iterator[None]:
    """Let `requests`, which the SDK sends with, hand its requests to the Connector."""

    def send(
        adapter: HTTPAdapter, request: requests.PreparedRequest, **_: Any
    ) -> requests.Response:
        url = str(request.url)
        if not url.startswith(SERVICE_URL):
            raise requests.ConnectionError(
                f"There is no {urlsplit(url).hostname} in the page, only Local Teams "
                f"at {SERVICE_URL}",
                request=request,
            )
        body = request.body or b""
        asked = Request(
            str(request.method),
            url.removeprefix(SERVICE_URL[:-1]),
            {str(name): str(value) for name, value in request.headers.items()},
            body if isinstance(body, bytes) else str(body).encode(),
        )
        answered = answer(world, asked)
        on_wire(
            {
                "method": asked.method,
                "path": asked.path,
                "body": asked.json,
                "status": answered.status,
                "answer": answered.json,
            }
        )
        time.sleep(answered.delay)
        if answered.dropped:
            raise requests.ConnectionError("The connection was closed.", request=request)
        return adapter.build_response(
            request,
            HTTPResponse(
                io.BytesIO(answered.body),
                answered.headers,
                answered.status,
                preload_content=False,
            ),
        )

    before, HTTPAdapter.send = HTTPAdapter.send, send  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        HTTPAdapter.send = before  # type: ignore[method-assign]


# -- a bot, which answers what it is sent ----------------------------------------------------------


async def _play(world: World, story: Story) -> None:
    """Start the story's bot, let the steps happen one after another, and stop the bot.

    Raises:
        SystemExit: the bot does not serve, refuses a request or keeps silent.
    """
    bot = _Bot(story.bot)
    await bot.start()
    seen = 0  # messages of the bot's when the last step was through
    for step in story.steps:
        if step.get("restart"):
            bot.kill()
            await bot.start()
        elif "wait" in step:
            seen += step["wait"]
            await _until(partial(_has_said, world, seen), f"{story.bot} keeps silent.")
        elif "call" in step:
            status = await bot.post(step["call"], step.get("json", {}), step.get("headers"))
            if status != step["expect"] if "expect" in step else not 200 <= status <= 299:
                raise SystemExit(f"{story.bot} answered {status} to POST {step['call']}.")
            seen = _said_by_bot(world)
        else:
            await bot.deliver(happen(world, Happening(**step), service_url=SERVICE_URL))
            seen = _said_by_bot(world)
    await bot.stop()


def _said_by_bot(world: World) -> int:
    return sum(m["from"]["id"] == world.bot_id for c in world.conversations() for m in c.messages)


def _has_said(world: World, count: int) -> bool:
    return _said_by_bot(world) >= count


async def _until(is_so: Callable[[], bool], otherwise: str) -> None:
    end = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > end:
            raise SystemExit(otherwise)
        await asyncio.sleep(0.02)


class _Bot:
    """A sample that serves, without a socket: its web application is handed requests as bytes.

    Args:
        sample: the bot. While it starts, `web.run_app` keeps its application instead of serving.
    """

    def __init__(self, sample: str) -> None:
        self._sample = sample
        self._before: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        kept: list[web.Application] = []

        def keep(app: web.Application, **_: Any) -> None:
            kept.append(app)

        self._before = asyncio.all_tasks()
        before, web.run_app = web.run_app, keep  # type: ignore[assignment]
        try:
            await _as_main(self._sample)
        finally:
            web.run_app = before
        if not kept:
            raise SystemExit(f"{self._sample} ended; it does not serve.")
        self._runner = web.AppRunner(kept[0], access_log=None)
        await self._runner.setup()

    async def stop(self) -> None:
        """As with Ctrl+C: the application cleans up."""
        await self._runner.cleanup()

    def kill(self) -> None:
        """As with kill -9: nothing is cleaned up."""
        for task in asyncio.all_tasks() - self._before - {asyncio.current_task()}:
            task.cancel()

    async def deliver(self, activities: list[Activity]) -> None:
        """Bring the bot what Teams sends it, one after another.

        Raises:
            SystemExit: the bot answers with an error.
        """
        for activity in activities:
            status = await self.post("/api/messages", activity)
            if not 200 <= status <= 299:
                raise SystemExit(f"{self._sample} answered {status} to POST /api/messages.")

    async def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> int:
        """Post JSON; the status that the bot answers with."""
        content = json.dumps(body).encode()
        told = {
            "Host": "127.0.0.1",
            "Content-Type": "application/json",
            "Content-Length": str(len(content)),
            "Connection": "close",
            **(headers or {}),
        }
        lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items())]
        wire = _Wire()
        assert self._runner.server
        protocol = self._runner.server()
        protocol.connection_made(wire)
        protocol.data_received("\r\n".join([*lines, "", ""]).encode() + content)
        await wire.closed.wait()
        protocol.connection_lost(None)
        return int(wire.received.split()[1])


class _Wire(asyncio.Transport):
    """What stands in for a connection: it keeps what the server writes until it hangs up."""

    def __init__(self) -> None:
        super().__init__()
        self.received = b""
        self.closed = asyncio.Event()

    def write(self, data: bytes | bytearray | memoryview[int]) -> None:
        self.received += bytes(data)

    def is_closing(self) -> bool:
        return self.closed.is_set()

    def close(self) -> None:
        self.closed.set()


# -- what a reader is told -------------------------------------------------------------------------


class _Printed(io.TextIOBase):
    """Standard output that is told as it comes."""

    def __init__(self, say: Say) -> None:
        self._say = say

    def write(self, text: str) -> int:
        self._say("printed", text)
        return len(text)


def _new(world: World, before: dict[str, int]) -> list[Conversation]:
    return [c for c in world.conversations() if len(c.messages) > before.get(c.id, 0)]


def _told(world: World, conversation: Conversation, seen: int) -> dict[str, Any]:
    messages: list[Activity] = conversation.messages[seen:]
    return {
        "id": conversation.id,
        "kind": conversation.kind,
        "title": title(world, conversation),
        "messages": messages,
    }


def _failure(error: BaseException, last: dict[str, Any]) -> dict[str, Any] | None:
    """What a sample ended with, for a reader; None when it ended well.

    Args:
        last: the last request with its answer, or nothing.

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
    if last.get("status", 0) >= 400:
        failed["refusal"] = {"status": last["status"], "code": _code(last["answer"])}
    return failed


def _code(answer: Any) -> str:
    """Teams' error code; a blocked chat has it in JSON inside the message (facts.toml)."""
    if "errorCode" in answer:
        return str(json.loads(answer["message"])["subCode"])
    return str(answer["error"]["code"])
