"""Report how far a job in the outbox is: counts and names for a person, a file for a program."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from typing import TextIO

from sqlalchemy import ColumnElement, or_

from samples.shared.bulk.outbox import Outbox
from samples.shared.bulk.rows import Recipient
from samples.shared.printing import cell, one_line

NAMED = 10  # names printed per group; the file has all of them
# Exit statuses. 75 is EX_TEMPFAIL of sysexits.h: run the program again later.
COMPLETE, NEEDS_ATTENTION, UNFINISHED = 0, 1, 75

_FAILED = Recipient.state == "failed"
_IN_DOUBT = Recipient.doubt != ""
_TO_INSTALL = Recipient.action == "install"
# The recipients that a report names: the title of each group, and who is in it.
GROUPS: dict[str, ColumnElement[bool]] = {
    "{done}, perhaps twice": (Recipient.state == "done") & _IN_DOUBT,
    "perhaps {done}": (Recipient.state == "unsure") | (_FAILED & _IN_DOUBT),
    "app to be installed": _FAILED & _TO_INSTALL & ~_IN_DOUBT,
    "not {done}": _FAILED & ~_TO_INSTALL & ~_IN_DOUBT,
}


def summary_lines(outbox: Outbox, job: str, *, done: str = "sent") -> Iterator[str]:
    """Describe for a person how far a job is, and name who needs attention.

    Args:
        done: the word for a recipient that is done.
    """
    counts = outbox.counts(job)
    words = {"done": done, "started": "on the way", "unsure": f"perhaps {done}"}
    states = ("done", "waiting", "started", "unsure", "failed", "cancelled")
    numbers = [
        f"{counts[state]:,} {words.get(state, state)}" for state in states if state in counts
    ]
    yield f"{job}: {', '.join(numbers) or 'nobody to write to'}"
    for title, who in GROUPS.items():
        if reasons := outbox.reasons(job, who):
            counted = ", ".join(
                f"{number:,} x {one_line(reason)}" for reason, number in reasons.items()
            )
            yield f"{title.format(done=done).capitalize()}: {counted}"
            number = sum(reasons.values())
            for recipient in islice(outbox.recipients(job, who), NAMED):
                yield f"  {one_line(recipient.name)}"
            if number > NAMED:
                yield f"  and {number - NAMED:,} more"


def write_csv(outbox: Outbox, job: str, file: TextIO) -> None:
    """Write a row for everybody in GROUPS, however many they are."""
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(("tenant_id", "id", "name", "state", "doubt", "detail", "action"))
    for one in outbox.recipients(job, or_(*GROUPS.values())):
        row = (one.tenant_id, one.id, one.name, one.state, one.doubt, one.detail, one.action)
        rows.writerow([cell(value) for value in row])


def exit_status(outbox: Outbox, job: str) -> int:
    """The exit status of a program: whether someone has to act, or run it again.

    Blocked or departed recipients need no follow-up.
    """
    counts = outbox.counts(job)
    if counts.keys() & {"waiting", "started"}:
        return UNFINISHED
    to_correct = outbox.reasons(job, _FAILED & (Recipient.action.not_in(("forget", "mark"))))
    if to_correct or counts.keys() & {"unsure", "cancelled"}:
        return NEEDS_ATTENTION
    return COMPLETE
