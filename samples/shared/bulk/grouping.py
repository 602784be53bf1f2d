"""Record what attempts do in groups: one transaction for all that comes within a moment."""

from __future__ import annotations

import asyncio
from typing import Any

from samples.shared.bulk.outbox import Outbox
from samples.shared.bulk.rows import Finish, Outcome, Recipient, Start

# Seconds that a change waits for others. A crash leaves those in doubt that started meanwhile.
MOMENT = 0.05


class Records:
    """Records the starts and outcomes of a tenant's attempts; each waits until it is stored."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._group: list[tuple[Start | Finish, asyncio.Future[bool]]] = []
        self._storing: set[asyncio.Task[None]] = set()

    async def start(self, recipient: Recipient, data: dict[str, Any]) -> bool:
        """Record that a request leaves now, before it does; see `Outbox.record`.

        Raises:
            DBAPIError: it cannot be recorded; the request may not leave.
        """
        return await self._stored(Start(recipient, data))

    async def finish(self, recipient: Recipient, outcome: Outcome, data: dict[str, Any]) -> None:
        """Record the outcome of an attempt.

        Raises:
            DBAPIError: it cannot be recorded; the recipient is in doubt.
        """
        await self._stored(Finish(recipient, data, outcome))

    async def _stored(self, change: Start | Finish) -> bool:
        loop = asyncio.get_running_loop()
        if not self._group:
            loop.call_later(MOMENT, self._store)
        stored: asyncio.Future[bool] = loop.create_future()
        self._group.append((change, stored))
        return await stored

    def _store(self) -> None:
        group, self._group = self._group, []
        task = asyncio.create_task(self._record(group))
        self._storing.add(task)  # asyncio itself keeps only a weak reference
        task.add_done_callback(self._storing.discard)

    async def _record(self, group: list[tuple[Start | Finish, asyncio.Future[bool]]]) -> None:
        try:
            changes = [change for change, _ in group]
            made = await self._outbox.in_thread(self._outbox.record, changes)
        except BaseException as error:
            for _, stored in group:
                if not stored.done():
                    stored.set_exception(error)
            if not isinstance(error, Exception):
                raise
            return
        for (_, stored), done in zip(group, made, strict=True):
            if not stored.done():
                stored.set_result(done)
