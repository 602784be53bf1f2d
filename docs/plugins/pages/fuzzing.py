"""What `make prove` tried at random, as a table."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from pages.recordings import RECORDED
from pages.sources import day


def fuzzed() -> str:
    """The table of what was tried, and what held."""
    rows = ["| Input | Cases | Failed | What holds in each case |", "|---|--:|--:|---|"]
    for what, row in _figures()["tried"].items():
        rows.append(f"| {what} | {row['cases']:,} | {row['failures']} | {row['holds']} |")
    return "\n".join(rows)


def fuzzed_of() -> str:
    """When that was, and with which versions."""
    figures = _figures()
    days = sorted({date.fromisoformat(row["date"]) for row in figures["tried"].values()})
    when = " to ".join(day(one) for one in dict.fromkeys((days[0], days[-1])))
    return (
        f"Run on {when} with Python {figures['python']}, Hypothesis {figures['hypothesis']} and "
        f"Schemathesis {figures['schemathesis']}."
    )


def _figures() -> dict[str, Any]:
    return dict(json.loads((RECORDED / "fuzzing" / "figures.json").read_text("utf-8")))
