"""A bot that does nothing but remember what it got."""

from __future__ import annotations

from typing import Any

from aiohttp import web


class Listener:
    """A bot that remembers what it got, and answers with these statuses, then with 200."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.got: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []

    async def __call__(self, request: web.Request) -> web.Response:
        self.got.append(await request.json())
        self.headers.append(dict(request.headers))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    @property
    def texts(self) -> list[str]:
        return [activity["text"] for activity in self.got]
