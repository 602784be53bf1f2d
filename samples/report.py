"""What became of a job in the outbox: counts and names for a person, a file for a program."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import TextIO

from sqlalchemy import ColumnElement, or_

from samples.outbox import Outbox, Recipient

NAMED = 10  # so many names in a group; the file has all of them
# What a run ends with. 75 is EX_TEMPFAIL of sysexits.h: what was begun can be gone on with.
ALL_DONE, SOME_NOT, UNFINISHED = 0, 1, 75

_IN_DOUBT = Recipient.doubt != ""
_TO_INSTALL = Recipient.action == "install"
# Each group that somebody has to know by name: what it is called, and who is in it.
GROUPS: dict[str, ColumnElement[bool]] = {
    "{done}, perhaps twice": (Recipient.state == "done") & _IN_DOUBT,
    "perhaps {done}": (Recipient.state == "unsure") | ((Recipient.state == "failed") & _IN_DOUBT),
    "app to be installed": (Recipient.state == "failed") & _TO_INSTALL & ~_IN_DOUBT,
    "not {done}": (Recipient.state == "failed") & ~_TO_INSTALL & ~_IN_DOUBT,
}


def report(outbox: Outbox, job: str, *, done: str = "sent") -> Iterator[str]:
    """Lines that tell a person how far a job is, and who needs looking at.

    Args:
        done: what it is called when the job is done for somebody.
    """
    counts = outbox.counts(job)
    told = {"done": done, "started": "on the way", "unsure": f"perhaps {done}"}
    states = ("done", "waiting", "started", "unsure", "failed", "cancelled")
    numbers = [f"{counts[s]:,} {told.get(s, s)}" for s in states if counts.get(s)]
    yield f"{job}: {', '.join(numbers) or 'nobody to write to'}."
    for title, who in GROUPS.items():
        number = 0
        lines = []
        for recipient in outbox.recipients(job, who):
            number += 1
            if number <= NAMED:
                lines.append(f"  {recipient.name}: {recipient.doubt or recipient.detail}")
        if number:
            yield f"{title.format(done=done).capitalize()}: {number:,}"
            yield from lines
        if number > NAMED:
            yield f"  and {number - NAMED:,} more"


def write_csv(outbox: Outbox, job: str, file: TextIO) -> None:
    """Write everybody who needs looking at, one row each, however many they are."""
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(("tenant_id", "id", "name", "state", "doubt", "detail", "action"))
    for one in outbox.recipients(job, or_(*GROUPS.values())):
        row = (one.tenant_id, one.id, one.name, one.state, one.doubt, one.detail, one.action)
        rows.writerow(row)


def exit_status(outbox: Outbox, job: str) -> int:
    """ALL_DONE, SOME_NOT or UNFINISHED: what the program ends with."""
    counts = outbox.counts(job)
    if counts.get("waiting") or counts.get("started"):
        return UNFINISHED
    return ALL_DONE if set(counts) <= {"done"} else SOME_NOT
