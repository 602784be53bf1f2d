"""`make review`: what facts.toml has that should be looked up again, without the network.

Three lists: sources that nobody has read for a year, rows whose source is older than that, and rows
that contradict one another.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from samples.facts import facts

YEAR = timedelta(days=365)
# What makes a row of each table the same claim as another one: these fields, apart from the rest.
CLAIMS = {
    "errors": ("status", "code", "text"),
    "graph_errors": ("status", "code", "text"),
    "sign_in_errors": ("code",),
    "limits": ("scope", "operation"),
    "graph_limits": ("call",),
    "graph_permissions": ("request",),
    "clouds": ("name",),
    "service_hosts": ("host",),
    "graph_hosts": ("host",),
}


def sourced(result: Any) -> Iterator[dict[str, Any]]:
    """Every table of facts.toml that names a source, however deep it is."""
    if isinstance(result, dict):
        if isinstance(result.get("source"), str):
            yield result
        result = list(result.values())
    if isinstance(result, list):
        for one in result:
            yield from sourced(one)


def unread(payload: dict[str, Any], today: date) -> list[str]:
    """The sources that were last read more than a year ago."""
    return [
        f"{name}: read on {read:%Y-%m-%d}, {source['url']}"
        for name, source in payload["sources"].items()
        if today - (read := source.get("read", payload["checked"])) > YEAR
    ]


def old(payload: dict[str, Any], today: date) -> list[str]:
    """The rows that rest on a source of more than a year ago."""
    return [
        f"{table} {' '.join(str(row[field]) for field in CLAIMS[table])}: {source['date']}"
        for table, row in _rows(payload)
        if today - (source := payload["sources"][row["source"]])["date"] > YEAR
    ]


def contradictions(payload: dict[str, Any]) -> list[str]:
    """Rows that say the same of which only one can be right, and codes that have two actions.

    Text decides between rows that share status and code, so the same text must not stand twice.
    """
    found: list[str] = []
    seen: dict[tuple[Any, ...], dict[str, Any]] = {}
    for table, row in _rows(payload):
        claim = (table, *(row[field] for field in CLAIMS[table]))
        if claim in seen:
            differing = [field for field in row if row[field] != seen[claim].get(field)]
            found.append(f"{' '.join(map(str, claim))}: twice, differing in {differing}")
        seen[claim] = row
    return found


def _rows(payload: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for table in CLAIMS:
        for row in payload[table]:
            yield table, row


def report(payload: dict[str, Any], today: date) -> str:
    """The three lists, each under how long it is."""
    lists = {
        "sources not read for a year": unread(payload, today),
        "rows whose source is older than a year": old(payload, today),
        "rows that contradict": contradictions(payload),
    }
    return "\n".join(
        line
        for title, entries in lists.items()
        for line in (f"{len(entries)} {title}", *(f"  {entry}" for entry in entries))
    )


if __name__ == "__main__":
    sys.stdout.write(report(facts(), date.today()) + "\n")
