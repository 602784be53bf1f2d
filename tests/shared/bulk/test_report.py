"""Who needs looking at is named, however many there are; and the exit status."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from samples.shared.bulk.outbox import Outbox
from samples.shared.bulk.report import (
    COMPLETE,
    NAMED,
    NEEDS_ATTENTION,
    UNFINISHED,
    exit_status,
    summary_lines,
    write_csv,
)
from samples.shared.bulk.rows import New, Outcome


@pytest.fixture
def report_outbox(tmp_path: Path) -> Iterator[Outbox]:
    made = Outbox(f"sqlite:///{tmp_path}/outbox.db")
    yield made
    made.close()


def became(report_outbox: Outbox, *outcomes: Outcome, crashed: bool = False) -> None:
    """A job of as many recipients, of whom each became one of these."""
    number = range(len(outcomes))
    report_outbox.add("party", "cake", (New("t", f"a:{one:02}", f"Person {one}") for one in number))
    people, _ = report_outbox.due("party", "t")
    if crashed:
        report_outbox.start(people[0], {})
        report_outbox.recover("party", "t", "send again")
    for one, outcome in zip(people, outcomes, strict=True):
        report_outbox.finish(one, outcome, one.data)


DONE = Outcome("done", "1")
BLOCKED = Outcome("failed", "403 MessageWritesBlocked", "mark")
TO_INSTALL = Outcome("failed", "403 ForbiddenOperationException", "install")
UNSURE = Outcome("unsure", "502 ServiceError", "retry", unsure=True)
WAITING = Outcome("waiting", "429 Throttled", "wait", counts=False)


def test_each_kind_is_counted_with_its_reason_and_named(report_outbox: Outbox) -> None:
    became(report_outbox, DONE, DONE, BLOCKED, TO_INSTALL, UNSURE, WAITING, crashed=True)
    assert list(summary_lines(report_outbox, "party")) == [
        "party: 2 sent, 1 waiting, 1 perhaps sent, 2 failed",
        "Sent, perhaps twice: 1 x interrupted",
        "  Person 0",
        "Perhaps sent: 1 x 502 ServiceError",
        "  Person 4",
        "App to be installed: 1 x 403 ForbiddenOperationException",
        "  Person 3",
        "Not sent: 1 x 403 MessageWritesBlocked",
        "  Person 2",
    ]


def test_what_is_done_has_the_name_of_the_job(report_outbox: Outbox) -> None:
    became(report_outbox, DONE, UNSURE)
    lines = list(summary_lines(report_outbox, "party", done="installed"))
    assert lines[0] == "party: 1 installed, 1 perhaps installed"
    assert "Perhaps installed: 1 x 502 ServiceError" in lines


def test_of_many_a_few_are_named_and_the_file_has_all(
    report_outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("samples.shared.bulk.outbox.CHUNK", 5)
    became(report_outbox, *[BLOCKED] * (NAMED + 2), DONE)
    lines = list(summary_lines(report_outbox, "party"))
    assert lines[1] == "Not sent: 12 x 403 MessageWritesBlocked"
    assert lines[-1] == "  and 2 more" and len(lines) == 2 + NAMED + 1
    file = io.StringIO()
    write_csv(report_outbox, "party", file)
    rows = list(csv.DictReader(file.getvalue().splitlines()))
    assert [row["name"] for row in rows] == [f"Person {n}" for n in range(NAMED + 2)]
    assert rows[0] == {
        "tenant_id": "t",
        "id": "a:00",
        "name": "Person 0",
        "state": "failed",
        "doubt": "",
        "detail": "403 MessageWritesBlocked",
        "action": "mark",
    }


def test_nobody(report_outbox: Outbox) -> None:
    became(report_outbox)
    assert list(summary_lines(report_outbox, "party")) == ["party: nobody to write to"]
    assert exit_status(report_outbox, "party") == COMPLETE


@pytest.mark.parametrize(
    ("outcomes", "status"),
    [
        ([DONE], COMPLETE),
        ([DONE, BLOCKED], COMPLETE),
        ([DONE, TO_INSTALL], NEEDS_ATTENTION),
        ([DONE, UNSURE], NEEDS_ATTENTION),
        ([DONE, TO_INSTALL, WAITING], UNFINISHED),
    ],
)
def test_the_exit_status_says_whether_somebody_has_to_act(
    report_outbox: Outbox, outcomes: list[Outcome], status: int
) -> None:
    became(report_outbox, *outcomes)
    assert exit_status(report_outbox, "party") == status


def test_a_canceled_job_is_not_through(report_outbox: Outbox) -> None:
    became(report_outbox, DONE, WAITING)
    report_outbox.set_job_state("party", "cancelled")
    assert exit_status(report_outbox, "party") == NEEDS_ATTENTION
    assert list(summary_lines(report_outbox, "party")) == ["party: 1 sent, 1 cancelled"]
