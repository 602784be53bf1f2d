"""The figures of fuzzing: what a run leaves for the page, and whose they are."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import strategies as st

from tests.support import ROOT
from tests.support.fuzzing import FIGURES, PUBLISHED, Figures, fuzz


def ran(folder: Path, cases: int, *, fails: bool = False) -> dict[str, Any]:
    """What the page reads after one more run with a fuzz test of two parts."""
    figures = Figures(folder / "figures.json", folder / "today.json")
    for node in ("a", "b"):
        row = {"what": "Lists", "holds": "Nobody is lost.", "cases": cases // 2}
        for when in ("call", "teardown"):
            report = SimpleNamespace(
                nodeid=node,
                when=when,
                failed=fails and (node, when) == ("a", "call"),
                user_properties=[("fuzzed", row), ("other", 5)],
            )
            figures.pytest_runtest_logreport(report)
    figures.pytest_sessionfinish()
    path = folder / "figures.json"
    return dict(json.loads(path.read_text("utf-8"))["tried"]["Lists"]) if path.exists() else {}


def test_the_runs_of_a_day_add_up_until_one_fails(tmp_path: Path) -> None:
    Figures(tmp_path / "figures.json", tmp_path / "today.json").pytest_sessionfinish()
    assert ran(tmp_path, PUBLISHED - 2) == {}
    found = ran(tmp_path, 2)
    assert (found["cases"], found["failures"]) == (PUBLISHED, 0)
    assert found["holds"] == "Nobody is lost."
    found = ran(tmp_path, PUBLISHED, fails=True)
    assert (found["cases"], found["failures"]) == (2 * PUBLISHED, 1)
    found = ran(tmp_path, PUBLISHED)
    assert (found["cases"], found["failures"]) == (PUBLISHED, 0)


def test_cases_are_counted_and_a_failure_is_one() -> None:
    recorded: list[Any] = []

    def record(name: str, value: object) -> None:
        recorded.append(value)

    more = {"cases": 5, "record_property": record}
    fuzz("Numbers", "They are numbers.", lambda one: None, st.integers(), **more)
    with pytest.raises(pytest.fail.Exception):
        fuzz("Numbers", "No number is.", lambda one: pytest.fail("x"), st.integers(), **more)
    assert recorded[0] == {"what": "Numbers", "holds": "They are numbers.", "cases": 5}
    assert len(recorded) == 2


def test_every_row_is_that_of_a_fuzz_test_and_held() -> None:
    named = {
        what
        for path in (ROOT / "tests").rglob("test_*.py")
        if path.name != Path(__file__).name
        for what in re.findall(
            r'(?:\bfuzz\(|\brecord\(\s*record_property,)\s*"([^"]+)"', path.read_text("utf-8")
        )
    }
    rows = json.loads(FIGURES.read_text("utf-8"))["tried"]
    assert len(rows) > 5 and rows.keys() <= named, "make prove writes the figures"
    assert {what for what, row in rows.items() if row["failures"]} == set()
    assert all(row["cases"] >= PUBLISHED for row in rows.values())
