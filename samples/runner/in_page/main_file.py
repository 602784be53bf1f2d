"""Runs a file as `__main__` inside a running event loop: `asyncio.run(x)` becomes `await x`."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import sys
import types
from collections import Counter
from pathlib import Path

from samples.runner.registry import Sample


async def as_main(sample: Sample, *arguments: str) -> None:
    """`python -m <the sample's module> <arguments>`, on the event loop that runs already.

    `asyncio.run(main())`, the one line that needs a loop of its own, is awaited instead, and so is
    a call of a function that contains it. The file stays as it is, and lines keep their numbers.
    """
    for name in [name for name in sys.modules if _is_fresh(name)]:
        del sys.modules[name]
    name = sample.module
    inside = ".__main__" if sample.in_folder else ""
    spec = importlib.util.spec_from_file_location(f"{name}{inside}", sample.start)
    assert spec
    code = _compiled(sample.start)
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
        # A function that is passed on as a value stays as it is: its caller would not await it.
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
    """Whether a run imports a module again: a reader may have changed it, or its globals."""
    return module.startswith("samples.") and not module.startswith(_KEPT)


_KEPT = ("samples.facts", "samples.local_teams", "samples.runner")
