"""Run a sample where there are no sockets, threads or processes: in a page, inside the browser.

The sample file runs as it is. What it sends is handed to `connector.answer` instead of the network.
Nothing here needs a browser; the page brings its own `say`.
"""

from __future__ import annotations

import ast
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
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from samples.local_teams.connector import answer
from samples.local_teams.http import Request
from samples.local_teams.running import SAMPLES, environ, environment, title
from samples.local_teams.world import Activity, Conversation, World

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
    refused: list[dict[str, Any]] = []

    def on_wire(exchange: dict[str, Any]) -> None:
        if exchange["status"] >= 400:
            refused.append(exchange)
        say("wire", exchange)

    printed = _Printed(say)
    with (
        _direct(world, on_wire),
        environ(environment(world, SERVICE_URL, folder)),
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(printed),
    ):
        try:
            await _as_main(sample)
        except (Exception, SystemExit) as error:
            if failed := _failure(error, refused[-1] if refused else None):
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
    tree = ast.parse(Path(spec.origin).read_text("utf-8"), spec.origin)
    code = compile(
        ast.fix_missing_locations(_Awaiting().visit(tree)),
        spec.origin,
        "exec",
        flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
        dont_inherit=True,
    )
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
        adapter: HTTPAdapter, request: requests.PreparedRequest, *_: Any, **__: Any
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
            dict(request.headers),
            body if isinstance(body, bytes) else body.encode(),
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

    before, HTTPAdapter.send = HTTPAdapter.send, send  # type: ignore[method-assign]
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


def _failure(error: BaseException, refused: dict[str, Any] | None) -> dict[str, Any] | None:
    """What a sample ended with, for a reader; None when it ended well.

    Returns:
        `text`: what a shell would show. `file` and `line`: where in samples/ it happened last, the
        file as a path below samples/. `refusal`: the status and the code of what Teams refused.
    """
    if isinstance(error, SystemExit):
        if not error.code:
            return None
        text = str(error.code)
    else:
        frame = error.__traceback__
        while frame and frame.tb_frame.f_code.co_filename == __file__:
            frame = frame.tb_next
        text = "".join(traceback.format_exception(type(error), error, frame))
    failed: dict[str, Any] = {"text": text}
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename.startswith(f"{SAMPLES}{os.sep}") and frame.filename != __file__:
            failed["file"] = os.path.relpath(frame.filename, SAMPLES)
            failed["line"] = frame.lineno
    if isinstance(error, SyntaxError) and error.filename:
        failed["file"] = os.path.relpath(error.filename, SAMPLES)
        failed["line"] = error.lineno
    if refused:
        failed["refusal"] = {"status": refused["status"], "code": _code(refused["answer"])}
    return failed


def _code(answer: Any) -> str:
    """Teams' error code; a blocked chat has it in JSON inside the message (facts.toml)."""
    if "errorCode" in answer:
        return str(json.loads(answer["message"])["subCode"])
    return str(answer["error"]["code"])
