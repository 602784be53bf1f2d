"""What goes in and out of Local Teams' services: requests, answers, and refusals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...facts import refusal


@dataclass(frozen=True)
class Request:
    """An HTTP request; `path` is percent-encoded, as it came."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True)
class Response:
    """An HTTP answer.

    Attributes:
        delay: seconds until it is given.
        dropped: whether the connection is closed instead of it.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    delay: float = 0.0
    dropped: bool = False

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


class Refused(Exception):
    """Teams says no: a row of facts.toml by status and code, with its text or another.

    Without a code there is no `error` around the message, and without a text no body at all.
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
