"""What a check finds: one line each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from samples.shared.printing import one_line


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Attributes:
        kind: `ok`; `note`, which stops nothing; `wrong`, which does.
        text: what was found, and for `wrong` the remedy.
    """

    kind: Literal["ok", "note", "wrong"]
    text: str

    def __str__(self) -> str:
        return f"{self.kind:5} {one_line(' '.join(self.text.split()))}"


def ok(text: str) -> Finding:
    """Something is as it should be."""
    return Finding("ok", text)


def note(text: str) -> Finding:
    """Something to know."""
    return Finding("note", text)


def wrong(text: str) -> Finding:
    """Something that does not work, with the remedy."""
    return Finding("wrong", text)
