"""Hands on what a sample prints and sends, as it happens."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from samples.local_teams.server.wire import Exchange

Say = Callable[[str, Any], None]  # gets what happens, by kind, as it happens


class Printed(io.TextIOBase):
    """Standard output that hands on what it gets."""

    def __init__(self, say: Say) -> None:
        self._say = say

    def write(self, text: str) -> int:
        self._say("printed", text)
        return len(text)


class Wire(list[Exchange]):
    """Requests with their answers; hands on each one that it gets."""

    def __init__(self, say: Callable[[dict[str, Any]], None]) -> None:
        super().__init__()
        self._say = say

    def append(self, exchange: Exchange) -> None:
        super().append(exchange)
        asked, answered = exchange.request, exchange.response
        self._say(
            {
                "direction": exchange.direction,
                "method": asked.method,
                "path": asked.path,
                "body": asked.json,
                "status": answered.status,
                "answer": answered.json,
            }
        )
