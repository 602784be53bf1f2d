"""Requests to the services of Local Teams, their responses, and refusals."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from ...facts import refusal

DEEPEST = 100  # objects and lists inside each other; a card has about ten
_LONE = re.compile("[\ud800-\udfff]")


def read_json(text: bytes | str, *, lone_surrogates: bool = False) -> Any:
    """JSON that can be stored, shown and sent on.

    Args:
        lone_surrogates: whether texts may contain half of a character.

    Raises:
        ValueError: it is not JSON, or has NaN, half of a character, or too much inside each other.
    """
    try:
        payload = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError(f"over {DEEPEST} objects and lists inside each other") from None
    level = [payload]
    for _ in range(DEEPEST):
        inner: list[Any] = []
        for part in level:
            if isinstance(part, dict):
                inner += [*part, *part.values()]
            elif isinstance(part, list):
                inner += part
            elif isinstance(part, str) and not lone_surrogates and _LONE.search(part):
                raise ValueError("half of a character, a lone surrogate")
            elif isinstance(part, float) and not isfinite(part):
                raise ValueError("a number that is too large")
        level = inner
        if not level:
            return payload
    raise ValueError(f"over {DEEPEST} objects and lists inside each other")


def _refuse_constant(name: str) -> None:
    """Python would read NaN and Infinity, which JSON does not have."""
    raise ValueError(f"{name} is not a number")


@dataclass(frozen=True)
class Request:
    """An HTTP request; `path` is percent-encoded, as it came."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def json(self) -> Any:
        return read_json(self.body, lone_surrogates=True) if self.body else None


@dataclass(frozen=True)
class Response:
    """An HTTP response.

    Attributes:
        delay: seconds until the client gets it.
        dropped: whether the connection is closed in its place.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    delay: float = 0.0
    dropped: bool = False

    @property
    def json(self) -> Any:
        return read_json(self.body, lone_surrogates=True) if self.body else None


class Refused(Exception):
    """Teams refuses a request: a row of facts.toml by status and code, with its text or another.

    Without a code the body is the message without `error` around it; without a text there is no
    body.
    """

    def __init__(self, status: int, code: str, text: str = "") -> None:
        super().__init__(code)
        known = refusal(status, code, text)
        message = text or (known.text if known else "")
        self.status = status
        self.headers: dict[str, str] = {}
        self.body: Any = {"error": {"code": code, "message": message}}
        if not code:
            self.body = {"message": message} if message else None


def error_code(payload: Any) -> str:
    """The error code in an answer, or empty; facts.toml says where a blocked chat has it."""
    try:
        if "errorCode" in payload:
            return str(json.loads(payload["message"])["subCode"])
        return str(payload["error"]["code"])
    except (TypeError, KeyError):  # no body, or one of another shape
        return ""
