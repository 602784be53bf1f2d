"""Compares what Teams answered with what Local Teams answers, and shows the differences."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

MISSING = "<missing>"
_WIDEST = 60  # characters of a value in the table


class Difference(NamedTuple):
    """One place where the answers differ.

    Attributes:
        probe: the name of the probe.
        place: `status`, or the path of a header or a field: `body.error.code`.
    """

    probe: str
    place: str
    teams: Any
    local_teams: Any


def differences(probe: str, teams: Any, local_teams: Any) -> list[Difference]:
    """Where two masked answers to a probe differ; nowhere when one side was not asked."""
    if teams is None or local_teams is None:
        return []
    return [Difference(probe, *found) for found in _differing("", teams, local_teams)]


def table(found: Sequence[Difference]) -> list[str]:
    """The lines of a table of differences."""
    rows = [("PROBE", "WHERE", "TEAMS", "LOCAL TEAMS")]
    rows += [(one.probe, one.place, _shown(one.teams), _shown(one.local_teams)) for one in found]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _differing(place: str, one: Any, other: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in {**one, **other}:
            inner = f"{place}.{key}" if place else key
            yield from _differing(inner, one.get(key, MISSING), other.get(key, MISSING))
    elif isinstance(one, list) and isinstance(other, list):
        pairs = zip_longest(one, other, fillvalue=MISSING)
        for number, (left, right) in enumerate(pairs):
            yield from _differing(f"{place}[{number}]", left, right)
    elif type(one) is not type(other) or one != other:
        yield place, one, other


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"
