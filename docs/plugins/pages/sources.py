"""Sources and dates, as pages name them."""

from __future__ import annotations

from datetime import date

from samples.facts import facts


def source(name: str, *, short: bool = False) -> str:
    """A link to a source of facts.toml with its date."""
    row = facts()["sources"][name]
    title = f"{row['date']:%b %Y}" if short else row["title"]
    link = f'[{title}]({row["url"]} "{cell(row["title"])}, {day(row["date"])}")'
    return f"<small>{link}</small>" if short else f"{link} ({day(row['date'])})"


def sessions() -> str:
    """The line for pages that create personal chats: what changes with a preview of Teams'."""
    row = facts()["sessions"]
    return (
        f"**Preview:** with `{row['setting']}` in the manifest, {row['says']}. The samples here "
        f"create without one, which Teams then refuses with `{row['status']} {row['code']}`. "
        f"({source(row['source'])})"
    )


def day(value: date) -> str:
    """A date in words: 22 November 2026."""
    return f"{value.day} {value:%B %Y}"


def cell(text: str) -> str:
    """A text that may be in a cell of a table, and in quotes."""
    return text.replace("|", "\\|").replace('"', "&quot;")
