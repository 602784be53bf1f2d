"""Read facts.toml, the one place for limits, error codes and addresses of Teams."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Refusal:
    """One way in which Teams says no: a row of `[[errors]]` in facts.toml."""

    status: int
    code: str
    text: str
    when: str
    retry: bool
    action: str
    remedy: str
    source: str
    confidence: str = ""  # where it does not rest on a page of Microsoft's: one thread, inferred
    by_text: bool = False  # the code says little: the row is for an error with this text alone


def _read(file: Path) -> dict[str, Any]:
    """Read the facts.

    Raises:
        FileNotFoundError: somebody copied this package without facts.toml.
    """
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise FileNotFoundError(
            f"{file} is missing. It belongs to this package: copy it too."
        ) from None


_FACTS = _read(Path(__file__).with_name("facts.toml"))  # now, not when Teams first refuses


def facts() -> dict[str, Any]:
    """Everything in facts.toml, as tomllib reads it."""
    return _FACTS


@cache
def unanswered() -> tuple[Refusal, ...]:
    """What goes wrong without an answer of Teams: status 0, and no text or source."""
    rows = facts()["unanswered"]
    return tuple(Refusal(status=0, text="", source="", **row) for row in rows)


@cache
def refusals() -> tuple[Refusal, ...]:
    """Every row of the errors table, in the order of facts.toml."""
    return tuple(Refusal(**row) for row in facts()["errors"])


@cache
def named_rows() -> dict[str, Refusal]:
    """Every row of both tables under a name that can stand in a URL: `413-messagesizetoobig`.

    The second row with the same status and code ends in `-2`, the third in `-3`.
    """
    rows: dict[str, Refusal] = {}
    for row in (*refusals(), *unanswered()):
        name = re.sub("[^a-z0-9]+", "-", f"{row.status or ''} {row.code}".strip().lower())
        count = sum(re.fullmatch(rf"{name}(-\d)?", known) is not None for known in rows)
        rows[f"{name}-{count + 1}" if count else name] = row
    return rows


def refusal(status: int, code: str, text: str = "") -> Refusal | None:
    """The row for what Teams answered, or None when there is none.

    Args:
        status: the HTTP status, for example 403; 0 when nothing answered.
        code: the error code from the body; empty where Teams sends no body. A code that the table
            does not have counts as the status' own where that has one row: 429 is throttling, under
            whatever name.
        text: the error's message; it decides between rows that share status and code. A row that
            counts by its text counts for no other one.
    """
    rows = [row for row in (*refusals(), *unanswered()) if row.status == status]
    if len(rows) > 1:
        rows = [row for row in rows if row.code == code]
    if fits := next((row for row in rows if row.text == text), None):
        return fits
    return next((row for row in rows if not (text and row.by_text)), None)


def limit(scope: str, operation: str) -> dict[int, int]:
    """How many requests Teams allows in each number of seconds, from a row of the limits table.

    Raises:
        LookupError: the table has no such row.
    """
    for row in facts()["limits"]:
        if (row["scope"], row["operation"]) == (scope, operation):
            return {int(seconds): number for seconds, number in row["windows"].items()}
    raise LookupError(f"facts.toml has no limit for {operation!r} of {scope!r}")


@cache
def graph_refusals() -> tuple[Refusal, ...]:
    """Every row of the table of Microsoft Graph's errors, in the order of facts.toml."""
    return tuple(Refusal(**row) for row in facts()["graph_errors"])


def graph_refusal(status: int, code: str, text: str = "") -> Refusal | None:
    """The row for what Graph answered, or None when there is none.

    Args:
        text: the error's message, which begins with a row's text and may go on with names and ids.
            A `…` in a row's text is a name or an id.
    """
    rows = [row for row in graph_refusals() if row.status == status]
    rows = [row for row in rows if row.code == code] or rows
    if fits := next((row for row in rows if row.text and _begins(text, row.text)), None):
        return fits
    return rows[-1] if len(rows) == 1 or (rows and rows[-1].text == "varies") else None


def _begins(text: str, pattern: str) -> bool:
    return re.match(re.escape(pattern).replace("…", ".*?"), text) is not None
