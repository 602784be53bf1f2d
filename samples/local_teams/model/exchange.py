"""Requests to the services of Local Teams, their responses, and refusals."""

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
        return json.loads(self.body) if self.body else None


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
    """The error code in an answer, or nothing; facts.toml says where a blocked chat has it."""
    try:
        if "errorCode" in payload:
            return str(json.loads(payload["message"])["subCode"])
        return str(payload["error"]["code"])
    except (TypeError, KeyError):  # no body, or one of another shape
        return ""
