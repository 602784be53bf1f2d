"""One attempt for one recipient: paced, and recorded in the outbox before the request leaves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from samples.shared.bulk.grouping import Records
from samples.shared.bulk.pace import Pace
from samples.shared.bulk.rows import Recipient
from samples.shared.failing import Failure


class NotStarted(Exception):
    """The job was paused or cancelled, or somebody else started this recipient."""


@dataclass
class Attempt:
    """One attempt for one recipient. The handler reports its requests here before it sends them.

    Attributes:
        data: `Recipient.data`, for the handler to change; stored when the request leaves.
        corrected: set by the handler when it changed `data` so that the next attempt may succeed.
        started: whether the request that must not be repeated has left.
    """

    records: Records
    pace: Pace
    recipient: Recipient
    data: dict[str, Any] = field(init=False)
    corrected: bool = False
    started: bool = False

    def __post_init__(self) -> None:
        self.data = dict(self.recipient.data)

    async def pace_request(self) -> None:
        """Wait until a request that can be repeated may leave, such as create conversation."""
        await self.pace.acquire()
        await self.pace.space_out()

    async def start(self, conversation_id: str = "") -> None:
        """Wait until the request that must not be repeated may leave, and record that it leaves.

        Raises:
            NotStarted: it may not leave; the handler lets this pass.
        """
        await self.pace.acquire(conversation_id)
        self.started = True
        if not await self.records.start(self.recipient, self.data):
            raise NotStarted
        await self.pace.space_out()


# Does a job for one recipient. Returns what to store, such as the message ID, or the failure.
Handler = Callable[[Recipient, Attempt], Awaitable[str | Failure]]
