"""What keeps the tree easy to enter: short files and functions, and tests that mirror samples."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from samples.runner.registry import everything
from tests.support import ROOT

FOLDERS = [ROOT / name for name in ("samples", "docs", "tests")]
FILES = sorted(path for folder in FOLDERS for path in folder.rglob("*.py"))
SCRIPTS = sorted(
    path for folder in FOLDERS for path in (*folder.rglob("*.js"), *folder.rglob("*.mjs"))
)
LINES_OF_FILE, LINES_OF_FUNCTION, LINES_OF_SCENARIO = 400, 60, 130
WORDS, WORDS_OF_HOME = 1_200, 1_400  # of prose, of a page and of the first one
# What is not prose: what is said to the build, code, what the build puts in, attributes, elements,
# and where a link leads.
NO_PROSE = re.compile(
    r"\A---\n.*?\n---\n|^ *(```+).*?^ *\1$|{%.*?%}|{{.*?}}"
    r"|{:? ?[.#][^}\n]*}|<[^>]*>|(?<=\])\([^)]*\)",
    re.M | re.S,
)
# Not a folder of samples/: what reads the built site, what tests share, what is measured, and what
# the samples with both successors of botbuilder have in common.
OF_TESTS_ALONE = {"built_site", "support", "bench", "successors", "clients"}


def below(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def longer(paths: list[Path], most: int) -> dict[str, int]:
    """Which files have more lines, and how many."""
    sizes = {below(path): len(path.read_text("utf-8").splitlines()) for path in paths}
    assert len(sizes) > 5, "this finds too little"
    return {name: size for name, size in sizes.items() if size > most}


def long_functions(source: str) -> dict[str, int]:
    """The functions with more lines than allowed, decorators not counted, and how many."""
    return {
        node.name: size
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (size := (node.end_lineno or 0) - node.lineno + 1) > LINES_OF_FUNCTION
    }


def imported(source: str) -> Iterator[str]:
    """What a module imports, with dots: modules, and names from modules."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (
                f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names
            )


def of_a_test(name: str) -> bool:
    """Whether this is one of our test files, or something in it."""
    return bool(re.match(r"(tests\.|\.)(\w*\.)*test_", name))


def prose(markdown: str) -> int:
    """How many words of a page a reader reads that are neither code nor made by the build."""
    return len(re.findall(r"\w[^\s|]*", NO_PROSE.sub("", markdown)))


def test_a_page_is_read_in_a_few_minutes() -> None:
    """Those of reference/ are looked up in, not read."""
    docs = ROOT / "docs"
    words = {
        below(page): prose(page.read_text("utf-8"))
        for page in docs.rglob("*.md")
        if page.relative_to(docs).parts[0] not in ("plugins", "reference")
    }
    assert len(words) > 30, "this finds too little"
    assert words.pop("docs/index.md") <= WORDS_OF_HOME
    assert {page: count for page, count in words.items() if count > WORDS} == {}


def test_no_file_is_long() -> None:
    assert longer([*FILES, *SCRIPTS], LINES_OF_FILE) == {}


def test_no_function_is_long() -> None:
    found = {below(path): long_functions(path.read_text("utf-8")) for path in FILES}
    assert {name: functions for name, functions in found.items() if functions} == {}


def test_a_scenario_is_read_in_a_minute() -> None:
    assert longer([sample.start for sample in everything()], LINES_OF_SCENARIO) == {}


def test_no_test_imports_from_another() -> None:
    tests = [path for path in FILES if path.is_relative_to(ROOT / "tests")]
    names = {below(path): [*imported(path.read_text("utf-8"))] for path in tests}
    assert sum(map(len, names.values())) > 500, "this finds too little"
    found = {name: [one for one in all_ if of_a_test(one)] for name, all_ in names.items()}
    assert {name: tests for name, tests in found.items() if tests} == {}, "use tests/support/"


def test_tests_mirror_samples() -> None:
    """So that whoever opens a sample knows where its test is."""
    folders = {
        path.parent.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("test_*.py")
    }
    mirrors = {
        folder for folder in folders if folder.parts and folder.parts[0] not in OF_TESTS_ALONE
    }
    assert len(mirrors) > 10, "this finds too little"
    assert {str(folder) for folder in mirrors if not (ROOT / "samples" / folder).is_dir()} == set()


def test_architecture_names_what_is_there() -> None:
    """Each file, and each function in one: `runner/cli.py:main`, or further on only `cli.py`."""
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    named = set(re.findall(r"`([\w./]+\.(?:py|js|toml))(?::(?:\w+\.)?(\w+))?`", text))
    assert len(named) > 50, "this finds too little"
    files = [*FILES, *SCRIPTS, *(ROOT / "samples").rglob("*.toml"), ROOT / "pyproject.toml"]
    missing = [
        f"{name}:{function}"
        for name, function in named
        if not any(
            f"/{below(path)}".endswith(f"/{name}")
            and (
                not function
                or re.search(
                    rf"\bdef {function}\b|\bclass {function}\b|\b{function} =",
                    path.read_text("utf-8"),
                )
            )
            for path in files
        )
    ]
    assert missing == []


def test_each_check_can_fail() -> None:
    long = "def f():\n" + "    x = 1\n" * LINES_OF_FUNCTION
    assert long_functions(long) == {"f": LINES_OF_FUNCTION + 1}
    assert long_functions(long.replace("    x = 1\n", "", 1)) == {}
    page = "---\nsearch: x\n---\n# Two words { #a }\n\n{{ sample('x y') }} [a link](b.md) | `c` |\n"
    assert prose(page) == 5
    assert prose(f"{page}```sh\nmake x\n```\n") == 5
    for line in (
        "from tests.well.fit_in.test_booking import playing",
        "from tests.well.fit_in import test_booking",
        "from .test_booking import playing",
        "from . import test_booking",
        "import tests.send.test_card",
    ):
        assert any(map(of_a_test, imported(line))), line
    for line in (
        "from tests.support.waiting import eventually",
        "from aiohttp.test_utils import TestServer",
    ):
        assert not any(map(of_a_test, imported(line))), line
