"""The wire: every request with its response, as `GET /_local/wire` shows it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ..model.exchange import Request, Response

WIRE_KEPT = 1000  # exchanges that `GET /_local/wire` shows, and that a server keeps


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

    def as_json(self) -> dict[str, Any]:
        """As `GET /_local/wire` shows it; a body that is not JSON comes as text."""
        return {
            "number": self.number,
            "at": self.at.isoformat(timespec="milliseconds"),
            "direction": self.direction,
            "method": self.request.method,
            "path": self.request.path,
            "body": _readable(self.request.body),
            "status": self.response.status,
            "answer": _readable(self.response.body),
        }


def _readable(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body.decode(errors="replace")
