"""A job for some people, and a service that answers them, in virtual time."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from samples.shared.bulk.attempt import Attempt, Handler
from samples.shared.bulk.drain import drain
from samples.shared.bulk.outbox import Outbox
from samples.shared.bulk.pace import Pace
from samples.shared.bulk.rows import New, Outcome, Recipient
from samples.shared.failure import Failure
from tests.support.virtual import VirtualTime, run

LATENCY = 0.05
BUSY = Failure(429, "Throttled", "Too many requests.", retry_after=20)
CONFLICT = Failure(412, "PreconditionFailed", "Precondition failed, please try again.")
GATEWAY = Failure(502, "ServiceError", "varies", maybe_arrived=True)
DEAD = Failure(None, "Unreachable", "Cannot connect")
BLOCKED = Failure(403, "MessageWritesBlocked", "Thread is blocked from message writes.")
DISABLED = Failure(403, "BotDisabledByAdmin", "The tenant admin disabled this bot")
Answer = Callable[[str, int], Failure | None]  # to whom, the how many-th time


class _Here(Outbox):
    """Calls its methods at once: a thread takes real time, of which virtual time knows nothing."""

    async def in_thread(self, method: Callable[..., Any], *args: Any, **options: Any) -> Any:
        return method(*args, **options)


class Tenant:
    """A job for some people, and a service that answers them."""

    def __init__(self, tmp_path: Path, number: int) -> None:
        self.loop = VirtualTime()
        self.outbox = _Here(f"sqlite:///{tmp_path}/outbox.db", clock=lambda: self.loop.now)
        everybody = (New("t", f"a:{one}", f"Person {one}", {"at": "x"}) for one in range(number))
        self.outbox.add("party", "cake", everybody)
        self.sent: list[tuple[float, str]] = []
        self.asked: Counter[str] = Counter()
        self.on_the_way = self.most = 0
        self.notices: list[str] = []
        self.outcomes: list[Outcome] = []

    def do(self, answer: Answer) -> Handler:
        async def do(recipient: Recipient, attempt: Attempt) -> str | Failure:
            await attempt.start(recipient.id)
            self.asked[recipient.id] += 1
            self.on_the_way += 1
            self.most = max(self.most, self.on_the_way)
            await asyncio.sleep(LATENCY)
            self.on_the_way -= 1
            if failure := answer(recipient.id, self.asked[recipient.id]):
                return failure
            self.sent.append((self.loop.now, recipient.id))
            return "1"

        return do

    def drain(
        self,
        do: Handler,
        *,
        meanwhile: Callable[[asyncio.Event], Awaitable[None]] | None = None,
        **options: Any,
    ) -> dict[str, int]:
        """Drain, and answer with how many are in which state then."""

        async def drained() -> None:
            stop = asyncio.Event()
            side = asyncio.ensure_future(meanwhile(stop)) if meanwhile else None
            try:
                await drain(
                    self.outbox,
                    "party",
                    "t",
                    do,
                    pace=Pace(),
                    stop=stop,
                    on_outcome=self.outcomes.append,
                    on_notice=self.notices.append,
                    **options,
                )
            finally:
                if side:
                    await side

        before = self.loop.now
        self.loop = VirtualTime()
        self.loop.now = before
        run(self.loop, drained())
        return self.outbox.counts("party")


Make = Callable[[int], Tenant]


def ok(_: str, __: int) -> None:
    return None


def row(tenant: Tenant, number: int = 0) -> Recipient:
    return next(one for one in tenant.outbox.recipients("party") if one.id == f"a:{number}")
