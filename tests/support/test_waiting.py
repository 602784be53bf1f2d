"""How tests wait: no read of a page can come too early, and no other way to wait comes in."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator

import pytest

from tests.support import ROOT, waiting
from tests.support.waiting import NotYetError, Polled, eventually

TESTS = ROOT / "tests"
FILES = [path for path in sorted(TESTS.rglob("*.py")) if "bench" not in path.parts]
WAY = {"waiting.py", "browsing.py"}


# -- something that is read until it is as asked for ----------------------------------------------


def later(*values: object) -> Polled[object]:
    """What is each of these in turn, and stays the last; an exception is raised."""
    left = list(values)

    def read() -> object:
        value = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(value, Exception):
            raise value
        return value

    return Polled(read)


@pytest.fixture
def short_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "DEADLINE", 0.05)


def test_what_comes_later_is_waited_for() -> None:
    assert later(NotYetError("not drawn"), [], ["hello"]) == ["hello"]
    assert later("", "hello", "hello, Ada").has("Ada")
    assert later(["loading"], []).lacks("loading")
    assert later("", "41 requests").matches(r"\d+ requests")
    assert later(0, 1, 2) >= 2
    assert later(3, 2, 1) <= 1
    assert later(0, 1) > 0
    assert later("", "#run=x").when(bool) == "#run=x"


@pytest.mark.usefixtures("short_deadline")
def test_what_never_comes_is_named() -> None:
    shown = later("a", "b")
    assert (shown == "c") is False
    assert repr(shown) == "'b'"
    with pytest.raises(AssertionError, match=r"the last value is NotYetError.*not drawn"):
        later(NotYetError("not drawn")).when(bool)
    with pytest.raises(AssertionError, match=r"not within 0\.05 seconds"):
        eventually(lambda: False)


@pytest.mark.parametrize(
    "early",
    [bool, list, len, str, hash, lambda shown: shown[0], lambda shown: "a" in shown],
    ids=["bool", "list", "len", "str", "hash", "item", "in"],
)
def test_nothing_gives_the_value_of_this_moment(early: object) -> None:
    with pytest.raises(TypeError):
        early(later(["a"]))  # type: ignore[operator]


def test_unequal_is_not_asked_for() -> None:
    with pytest.raises(TypeError):
        assert later("a") != "b"


# -- in the tests ----------------------------------------------------------------------------------


def names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """What a module imports, and the names with dots that it uses, each with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Attribute):
            yield node.lineno, ast.unparse(node)


OTHER_WAYS = re.compile(
    r"selenium(\..*)?|playwright(\..*)?|time\.sleep|.*\.(_driver|_state|_found|_script|_act)"
)


def other_ways(source: str) -> list[str]:
    found = names(ast.parse(source))
    return [f"{line}: {name}" for line, name in found if OTHER_WAYS.fullmatch(name)]


def test_there_is_one_way_to_wait() -> None:
    assert {path.name for path in FILES} >= WAY
    found = {
        path.name: ways
        for path in FILES
        if path.name not in WAY and (ways := other_ways(path.read_text("utf-8")))
    }
    assert found == {}, (
        "use Screen of tests/support/browsing.py, or eventually of tests/support/waiting.py"
    )


@pytest.mark.parametrize(
    "source",
    [
        "from selenium import webdriver",
        "from selenium.webdriver.common.by import By",
        "import time\ntime.sleep(1)",
        "from time import sleep",
        "page.frame('iframe')._driver.find_element('id', 'outcome').text",
    ],
)
def test_another_way_is_found(source: str) -> None:
    assert other_ways(source)


def fixtures(source: str) -> list[str]:
    """The names of the fixtures that a module defines."""
    return [
        node.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and any(
            re.match(r"pytest(_asyncio)?\.fixture\b", ast.unparse(one))
            for one in node.decorator_list
        )
    ]


def test_no_two_fixtures_have_one_name() -> None:
    places = defaultdict(list)
    for path in FILES:
        for name in fixtures(path.read_text("utf-8")):
            places[name].append(path.name)
    assert len(places) > 40, "this finds too little"
    assert {name: where for name, where in places.items() if len(where) > 1} == {}
