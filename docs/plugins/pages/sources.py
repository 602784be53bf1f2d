"""Sources and dates, as pages name them."""

from __future__ import annotations

import re
from datetime import date

from samples.facts import facts


def source(name: str) -> str:
    """A source of facts.toml as pages cite it: its month, which leads to it; the title on hover."""
    row = facts()["sources"][name]
    title = f"{cell(row['title'])}, {day(row['date'])}"
    return f'[{row["date"]:%b %Y}]({row["url"]} "{title}"){{ .source }}'


def evidence(name: str, confidence: str) -> str:
    """The source of a row, and how sure the row is where no page of Microsoft's says it."""
    return f"{source(name)} *{confidence}*" if confidence else source(name)


def article(name: str) -> str:
    """A source of facts.toml as a sentence names it: its title, and its date."""
    row = facts()["sources"][name]
    return f"[{row['title']}]({row['url']}) ({day(row['date'])})"


MONTHS = {
    date(2000, month, 1).strftime("%B"): date(2000, month, 1).strftime("%b")
    for month in range(1, 13)
}
_LINK = r'\[(?P<name>[^\]]+)\]\((?P<url>https?://[^)\s]+)(?: "[^"]*")?\)'
_DATE = rf"(?P<date>(?:\d+\s+)?(?P<month>{'|'.join(MONTHS)})\s+(?P<year>\d{{4}}))"
_CITED = re.compile(rf"{_LINK}(?:{{ \.source }}|,\s+{_DATE})")
_PLAIN = re.sub(r"\(\?P<\w+>", "(?:", _CITED.pattern)
_ASIDE = re.compile(rf"\({_PLAIN}(?:;\s+{_PLAIN})*\)")


def cited(markdown: str) -> str:
    """A page with its sources in one small form: `([name](url), June 2026)` becomes `Jun 2026`.

    What is in the parentheses beside sources stays, and so do sources within a sentence.
    """
    return _ASIDE.sub(lambda aside: _CITED.sub(_small, aside[0][1:-1]).replace(";", ""), markdown)


def _small(found: re.Match[str]) -> str:
    if not found["date"]:
        return found[0]
    title = f"{cell(found['name'].replace('`', ''))}, {' '.join(found['date'].split())}"
    month = f"{MONTHS[found['month']]} {found['year']}"
    return f'[{month}]({found["url"]} "{title}"){{ .source }}'


def sessions() -> str:
    """The line for pages that create personal chats: what changes with a preview of Teams'."""
    row = facts()["sessions"]
    return (
        f"**Preview:** with `{row['setting']}` in the manifest, {row['says']}. The samples here "
        f"create without one, which Teams then refuses with `{row['status']} {row['code']}`. "
        f"({source(row['source'])}) [What sessions change](/reference/previews.md#sessions)"
    )


def day(value: date) -> str:
    """A date in words: 22 November 2026."""
    return f"{value.day} {value:%B %Y}"


def cell(text: str) -> str:
    """A text that may be in a cell of a table, and in quotes."""
    return text.replace("|", "\\|").replace('"', "&quot;")
