"""Fuzzing: how many cases a test tries, and the figures that `make prove` leaves for the page."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from tests.support import ROOT

MANY = int(os.environ.get("CASES") or 10_000)  # `make prove CASES=…`
PUBLISHED = 10_000  # with fewer cases in a day, the page's figures stay as they are
FIGURES = ROOT / "docs" / "recorded" / "fuzzing" / "figures.json"
TODAY = ROOT / ".cache" / "fuzzing.json"  # what the runs of a day tried
_FUZZED = "fuzzed"


def few_and_many(few: int) -> pytest.MarkDecorator:
    """A test with `cases`: a few of them in `make test`, and many in `make prove`."""
    many = pytest.param(MANY, marks=pytest.mark.prove, id="many")
    return pytest.mark.parametrize("cases", [pytest.param(few, id="few"), many])


def fuzz(
    what: str,
    holds: str,
    check: Callable[..., None],
    *strategies: Any,
    cases: int,
    record_property: Callable[[str, object], None],
) -> None:
    """Call a check with so many values, and record it.

    Args:
        what: is tried, as the page names it.
        holds: what must be true of each case, as the page says it.
        check: raises when it is not true.
        strategies: of hypothesis; one value of each makes a case.
        cases: how many; below MANY always the same, in each run others otherwise.
        record_property: pytest's fixture.
    """
    from hypothesis import HealthCheck, given, settings
    from hypothesis import strategies as st

    tried = 0

    def counted(values: tuple[Any, ...]) -> None:
        nonlocal tried
        tried += 1
        check(*values)

    some = settings(
        max_examples=cases,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize=cases < MANY,
    )
    try:
        some(given(st.tuples(*strategies))(counted))()
    finally:
        record(record_property, what, holds, tried)


def record(
    record_property: Callable[[str, object], None], what: str, holds: str, cases: int
) -> None:
    """Record what a test tried; for the arguments, see `fuzz`."""
    record_property(_FUZZED, {"what": what, "holds": holds, "cases": cases})


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # the process that hears from every worker
        config.pluginmanager.register(Figures(FIGURES, TODAY))


class Figures:
    """Gathers what the tests of a run tried, and writes it where the page reads it.

    The runs of one day add up, until one fails.
    """

    def __init__(self, path: Path, today: Path) -> None:
        self.path, self.today = path, today
        self.tried: dict[str, dict[str, Any]] = {}
        self._failed: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._failed.add(report.nodeid)
        if report.when != "teardown":  # whose report has what fixtures recorded too
            return
        for name, value in report.user_properties:
            if name == _FUZZED and isinstance(value, dict):
                empty = {"holds": value["holds"], "cases": 0, "failures": 0}
                row = self.tried.setdefault(value["what"], empty)
                row["cases"] += value["cases"]
                row["failures"] += report.nodeid in self._failed

    def pytest_sessionfinish(self) -> None:
        if not self.tried:
            return
        on = {"date": f"{datetime.now(UTC):%Y-%m-%d}"}
        before = _read(self.today)
        rows = {what: _sum(before.get(what, {}), row | on) for what, row in self.tried.items()}
        self.today.parent.mkdir(exist_ok=True)
        self.today.write_text(json.dumps(before | rows), "utf-8")
        if not (done := {what: row for what, row in rows.items() if row["cases"] >= PUBLISHED}):
            return
        figures = {
            "python": platform.python_version(),
            **{package: version(package) for package in ("hypothesis", "schemathesis")},
            "tried": dict(sorted((_read(self.path).get("tried", {}) | done).items())),
        }
        self.path.parent.mkdir(exist_ok=True)
        self.path.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _read(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text("utf-8"))) if path.exists() else {}


def _sum(before: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    """What both runs tried, if the one before was of the same day and without a failure."""
    if before.get("date") != row["date"] or before["failures"]:
        return row
    return row | {"cases": before["cases"] + row["cases"]}
