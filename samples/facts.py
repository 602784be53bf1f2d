"""Reads facts.toml, the one place where limits, error codes and addresses of Teams stand."""

from __future__ import annotations

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


@cache
def facts() -> dict[str, Any]:
    """Everything in facts.toml, as tomllib reads it."""
    return tomllib.loads(Path(__file__).with_name("facts.toml").read_text("utf-8"))


@cache
def refusals() -> tuple[Refusal, ...]:
    """Every row of the errors table, in the order of facts.toml."""
    return tuple(Refusal(**row) for row in facts()["errors"])


def refusal(status: int, code: str, text: str = "") -> Refusal | None:
    """The row for what Teams answered, or None when there is none.

    Args:
        status: the HTTP status, for example 403.
        code: the error code from the body; empty where Teams sends no body.
        text: the error's message; it decides between rows that share status and code.
    """
    rows = [row for row in refusals() if row.status == status and row.code == code]
    return next((row for row in rows if row.text == text), rows[0] if rows else None)
