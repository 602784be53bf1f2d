"""A pytest plugin: coverage is asked for where every test ran, and what was left out is named.

pytest-cov measures (`--cov`), this plugin judges: only a run of every test can cover every line.
"""

from __future__ import annotations

from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Any

import coverage
import pytest

from tests.support.programs import LACKS, REMEDIES

# Options that choose among the tests. Workers of pytest-xdist choose for themselves and do not tell
# the process that reports, so that the options are what it can go by.
CHOOSING = ["keyword", "markexpr", "deselect", "ignore", "ignore_glob", "lf", "stepwise"]
# Long proofs repeat what other tests cover: `make prove` runs them, and pyproject.toml leaves them
# out of every other run, which is complete all the same.
WITHOUT_PROOFS = "not prove"
ONLY_PROOFS = {"test_openapi_answers.py"}  # which take seconds to collect


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # workers of pytest-xdist report nothing themselves
        config.pluginmanager.register(Completeness(config))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    only_proofs = collection_path.name in ONLY_PROOFS
    return True if only_proofs and config.option.markexpr == WITHOUT_PROOFS else None


def chosen(config: pytest.Config) -> bool:
    """Whether the command chose among the tests."""
    everything = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    choices = [config.getoption(name, None) for name in CHOOSING]
    return not everything or any(choice for choice in choices if choice != WITHOUT_PROOFS)


class Completeness:
    """Knows what was left out of a run, and what a complete run covered."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.left_out: Counter[str] = Counter()
        self.lines: list[str] = []
        self.enough = True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and isinstance(report.longrepr, tuple):
            _, lacks, name = report.longrepr[2].partition(LACKS)
            if lacks:
                self.left_out[name] += 1

    @pytest.hookimpl(trylast=True)  # pytest-cov has put its data together when the tests were over
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        measured = self.config.getoption("cov_source", None)
        if not measured or chosen(self.config) or session.exitstatus != pytest.ExitCode.OK:
            return
        if self.left_out:
            self.lines = ["Coverage is not asked for: it takes every test."]
            return
        self.enough, self.lines = judged()
        if not self.enough:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(wrapper=True, tryfirst=True)  # after everything that pytest says
    def pytest_terminal_summary(self, terminalreporter: Any) -> Any:
        result = yield
        if self.lines:
            terminalreporter.section("coverage")
            for line in self.lines:
                terminalreporter.write_line(line, red=not self.enough)
        if self.left_out:
            terminalreporter.section("left out")
            for line in remedies(self.left_out):
                terminalreporter.write_line(line, yellow=True)
        return result


def judged() -> tuple[bool, list[str]]:
    """Whether coverage reaches `fail_under` of the configuration, and what to say about it."""
    data = coverage.Coverage()
    data.load()
    table = StringIO()
    total = data.report(file=table)
    wanted = data.get_option("report:fail_under")
    assert isinstance(wanted, (int, float)), wanted
    if total >= wanted:
        return True, [f"{wanted:g} % are asked for, and reached."]
    return False, [*table.getvalue().splitlines(), f"{wanted:g} % are asked for, and not reached."]


def remedies(left_out: Counter[str]) -> list[str]:
    """One line for each command that brings what was missing: for how many tests, and what."""
    commands: dict[str, list[str]] = {}
    for name in left_out:
        commands.setdefault(REMEDIES[name], []).append(name)
    return [
        f"{(count := sum(left_out[name] for name in names))} test{'s' * (count != 1)}"
        f" without {' and '.join(names)}. To run them: {command}"
        for command, names in commands.items()
    ]
