"""The wire: every request with its response, as `GET /_local/wire` shows it."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote

from ..model.exchange import Request, Response, read_json

WIRE_KEPT = 1000  # exchanges that `GET /_local/wire` shows, and that a server keeps
WIRE_BYTES = 20_000_000  # of their bodies that a server keeps


@dataclass(frozen=True)
class Exchange:
    """A request, and the response of the Connector, Graph or the bot.

    Attributes:
        direction: `to Teams` or `to the bot`.
        number: counts from 1.
        at: when the response was ready.
    """

    request: Request
    response: Response
    direction: str = "to Teams"
    number: int = 0
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def size(self) -> int:
        """How many bytes its bodies have."""
        return len(self.request.body) + len(self.response.body)

    def as_json(self) -> dict[str, Any]:
        """As `GET /_local/wire` shows it; a body that is not JSON comes as text."""
        return {
            "number": self.number,
            "at": self.at.isoformat(timespec="milliseconds"),
            "direction": self.direction,
            "method": self.request.method,
            "path": _decodable(self.request.path),
            "body": _readable(self.request.body),
            "status": self.response.status,
            "answer": _readable(self.response.body),
        }


class Wire(deque[Exchange]):
    """The latest exchanges: at most WIRE_KEPT, with WIRE_BYTES of bodies."""

    def __init__(self) -> None:
        super().__init__(maxlen=WIRE_KEPT)
        self._bytes = 0

    def append(self, exchange: Exchange) -> None:
        if len(self) == WIRE_KEPT:
            self._bytes -= self[0].size
        super().append(exchange)
        self._bytes += exchange.size
        while self._bytes > WIRE_BYTES and len(self) > 1:
            self._bytes -= self.popleft().size


def _decodable(path: str) -> str:
    """A path that can be percent-decoded: a page shows it so."""
    try:
        unquote(path, errors="strict")
    except UnicodeDecodeError:
        return quote(path, safe="/?&=:;@$,+!*'()~", errors="replace")
    return re.sub("%(?![0-9A-Fa-f]{2})", "%25", path)


def _readable(body: bytes) -> Any:
    try:
        return read_json(body) if body else None
    except ValueError:
        return body.decode(errors="replace")
