"""What became of a job in the outbox: counts and names for a person, a file for a program."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from typing import TextIO

from sqlalchemy import ColumnElement, or_

from samples.shared.bulk.outbox import Outbox, Recipient

NAMED = 10  # so many names in a group; the file has all of them
# What a program ends with. 75 is EX_TEMPFAIL of sysexits.h: to be begun again later.
NOBODY_TO_SEE_TO, SOMEBODY_TO_SEE_TO, UNFINISHED = 0, 1, 75

_FAILED = Recipient.state == "failed"
_IN_DOUBT = Recipient.doubt != ""
_TO_INSTALL = Recipient.action == "install"
# Those to be known by name: what they are called, and who they are.
GROUPS: dict[str, ColumnElement[bool]] = {
    "{done}, perhaps twice": (Recipient.state == "done") & _IN_DOUBT,
    "perhaps {done}": (Recipient.state == "unsure") | (_FAILED & _IN_DOUBT),
    "app to be installed": _FAILED & _TO_INSTALL & ~_IN_DOUBT,
    "not {done}": _FAILED & ~_TO_INSTALL & ~_IN_DOUBT,
}


def report(outbox: Outbox, job: str, *, done: str = "sent") -> Iterator[str]:
    """Lines that tell a person how far a job is, and who is to be known by name.

    Args:
        done: what it is called when the job is done for somebody.
    """
    counts = outbox.counts(job)
    called = {"done": done, "started": "on the way", "unsure": f"perhaps {done}"}
    states = ("done", "waiting", "started", "unsure", "failed", "cancelled")
    numbers = [
        f"{counts[state]:,} {called.get(state, state)}" for state in states if state in counts
    ]
    yield f"{job}: {', '.join(numbers) or 'nobody to write to'}"
    for title, who in GROUPS.items():
        if reasons := outbox.reasons(job, who):
            told = ", ".join(f"{number:,} x {reason}" for reason, number in reasons.items())
            yield f"{title.format(done=done).capitalize()}: {told}"
            number = sum(reasons.values())
            for recipient in islice(outbox.recipients(job, who), NAMED):
                yield f"  {recipient.name}"
            if number > NAMED:
                yield f"  and {number - NAMED:,} more"


def write_csv(outbox: Outbox, job: str, file: TextIO) -> None:
    """Write a row for everybody who is to be known by name, however many they are."""
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(("tenant_id", "id", "name", "state", "doubt", "detail", "action"))
    for one in outbox.recipients(job, or_(*GROUPS.values())):
        row = (one.tenant_id, one.id, one.name, one.state, one.doubt, one.detail, one.action)
        rows.writerow(row)


def exit_status(outbox: Outbox, job: str) -> int:
    """What a program ends with: whether somebody has to see to something, or begin it again.

    Who blocked the bot or is gone is to be left alone, so nobody has to see to that.
    """
    counts = outbox.counts(job)
    if counts.keys() & {"waiting", "started"}:
        return UNFINISHED
    to_see_to = outbox.reasons(job, _FAILED & (Recipient.action != "forget"))
    if to_see_to or counts.keys() & {"unsure", "cancelled"}:
        return SOMEBODY_TO_SEE_TO
    return NOBODY_TO_SEE_TO
