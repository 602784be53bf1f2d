"""Work through one tenant's rows of the outbox, at a pace, until none is left or it has to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from samples.shared.bulk.outbox import Outbox, Outcome, Recipient
from samples.shared.bulk.pace import Pace
from samples.shared.failure import Failure, IfUnsure
from samples.shared.retrying import pause

AT_ONCE = 32  # requests on their way; a crash leaves so many in doubt at most
ATTEMPTS = 8
PATIENCE = 600.0  # seconds without a single success until it gives up for now
LOOK = 2.0  # seconds until it looks again whether the job was paused or somebody is due


class Stopped(Exception):
    """Nothing more can be sent for now; who was not sent to waits in the outbox."""


class _Leave(Exception):
    """The job was paused or cancelled while this one's turn came."""


@dataclass
class Attempt:
    """One try for one recipient, for the function that does it to say when it begins what.

    Attributes:
        data: `Recipient.data`, for the function to change: it is kept when the request leaves.
        mended: set by the function when a change of `data` lets the next attempt fare better.
        begun: whether the request has left that must not be repeated.
    """

    outbox: Outbox
    pace: Pace
    recipient: Recipient
    data: dict[str, Any] = field(init=False)
    mended: bool = False
    begun: bool = False

    def __post_init__(self) -> None:
        self.data = dict(self.recipient.data)

    async def turn(self) -> None:
        """Wait until a request may go that can be repeated, such as create conversation."""
        await self.pace.turn()
        await self.pace.keep_apart()

    async def begin(self, conversation_id: str = "") -> None:
        """Wait until the request may go that must not be repeated, and write down that it goes."""
        await self.pace.turn(conversation_id)
        self.begun = True
        if not await self.outbox.run(self.outbox.start, self.recipient, self.data):
            raise _Leave
        await self.pace.keep_apart()


Do = Callable[[Recipient, Attempt], Awaitable[str | Failure]]


async def drain(
    outbox: Outbox,
    job: str,
    tenant_id: str,
    do: Do,
    *,
    pace: Pace,
    stop: asyncio.Event,
    if_unsure: IfUnsure = "send again",
    at_once: int = AT_ONCE,
    patience: float = PATIENCE,
    tell: Callable[[Outcome], None] = lambda outcome: None,
    say: Callable[[str], None] = lambda line: None,
    held: Callable[[], None] = lambda: None,
) -> None:
    """Do a job for everybody in a tenant who waits. To be called by who holds `outbox.alone`.

    Args:
        do: does it for one recipient; answers with what to keep of it, such as the id of a message,
            or with the failure.
        pace: the tenant's.
        stop: once set, nothing more leaves; what is on its way is waited for.
        if_unsure: what to do about an attempt that may have succeeded.
        at_once: how many are on their way at most.
        patience: how many seconds may pass without a success before it gives up for now.
        tell: told of each recipient who is through.
        say: told of what concerns all, in a line for a person.
        held: looks whether the tenant is still held.

    Raises:
        Stopped: a failure with the action `stop`, or nobody answered for as long as `patience`.
        DBAPIError: the outbox cannot be written, for example because the disk is full.
    """
    work = _Work(outbox, tenant_id, do, pace, if_unsure, patience, tell, say)
    await outbox.run(outbox.recover, job, tenant_id, if_unsure)
    stopping = asyncio.create_task(stop.wait())
    try:
        while not stop.is_set() and work.ended is None:
            await outbox.run(held)
            people, wait = await outbox.run(outbox.due, job, tenant_id)
            people = [one for one in people if one.id not in work.ids]
            if not people and wait is None and not work.running:
                break
            if not people:
                await _any({*work.running, stopping}, min(wait or LOOK, LOOK))
            for one in people:
                while len(work.running) >= at_once:
                    await _any({*work.running, stopping})
                    if stop.is_set():
                        break
                if stop.is_set() or work.ended is not None:
                    break
                work.begin(one)
    finally:
        stopping.cancel()
        await work.end()
    if work.ended is not None:
        raise work.ended


async def _any(tasks: set[asyncio.Task[Any]], seconds: float | None = None) -> None:
    await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)


class _Work:
    """Those who are being done, and what their outcomes say of all."""

    def __init__(
        self,
        outbox: Outbox,
        tenant_id: str,
        do: Do,
        pace: Pace,
        if_unsure: IfUnsure,
        patience: float,
        tell: Callable[[Outcome], None],
        say: Callable[[str], None],
    ) -> None:
        self._outbox, self._tenant_id, self._do, self._pace = outbox, tenant_id, do, pace
        self._if_unsure, self._patience, self._tell, self._say = if_unsure, patience, tell, say
        self._clock = asyncio.get_running_loop().time
        self._last_success = self._clock()
        self._in_a_row = 0  # retryable failures since the last success
        self._pauses = 0  # of all, since the last success
        self.running: dict[asyncio.Task[None], Attempt] = {}
        self.ended: BaseException | None = None

    @property
    def ids(self) -> set[str]:
        return {attempt.recipient.id for attempt in self.running.values()}

    def begin(self, recipient: Recipient) -> None:
        attempt = Attempt(self._outbox, self._pace, recipient)
        task = asyncio.create_task(self._one(attempt))
        self.running[task] = attempt
        task.add_done_callback(self._through)

    def _through(self, task: asyncio.Task[None]) -> None:
        del self.running[task]
        error = None if task.cancelled() else task.exception()
        self.ended = self.ended or error

    async def end(self) -> None:
        """Let those finish whose request has left; the others wait in the outbox as they did."""
        for task, attempt in self.running.items():
            if not attempt.begun:
                task.cancel()
        if self.running:
            await asyncio.wait(self.running)

    async def _one(self, attempt: Attempt) -> None:
        recipient = attempt.recipient
        try:
            result = await self._do(recipient, attempt)
        except _Leave:
            return
        if isinstance(result, Failure):
            outcome = self._outcome(result, attempt)
        else:
            outcome = Outcome("done", result)
            self._last_success, self._in_a_row, self._pauses = self._clock(), 0, 0
        await self._outbox.run(self._outbox.finish, recipient, outcome, attempt.data)
        if outcome.state != "waiting":
            self._tell(outcome)

    def _outcome(self, failure: Failure, attempt: Attempt) -> Outcome:
        """What a failure means for this recipient, and for all."""
        said = failure.brief
        if not attempt.begun:  # what failed can be repeated, whatever became of it
            failure = replace(failure, maybe_arrived=False)
        unsure = failure.maybe_arrived
        tried = attempt.recipient.attempts + 1
        if failure.action == "stop":
            self.ended = self.ended or Stopped(str(failure))
            return Outcome("waiting", said, failure.action, counts=False)
        if attempt.mended and tried < ATTEMPTS:
            return Outcome("waiting", said, failure.action, unsure)
        if not failure.to_send_again(self._if_unsure):
            return Outcome("unsure" if unsure else "failed", said, failure.action, unsure)
        self._in_a_row += 1
        # Who meets silence or "too fast" is not to blame; nor when nobody at all gets through.
        all_wait = failure.action == "wait" or failure.code == "Unreachable"
        if all_wait or self._in_a_row > AT_ONCE:
            self._pause_all(failure)
            return Outcome("waiting", said, failure.action, unsure, counts=False)
        if tried >= ATTEMPTS:
            return Outcome("unsure" if unsure else "failed", said, failure.action, unsure)
        return Outcome("waiting", said, failure.action, unsure, wait=pause(failure, tried))

    def _pause_all(self, failure: Failure) -> None:
        if self._clock() - self._last_success > self._patience:
            self.ended = self.ended or Stopped(str(failure))
        # Of many who were on their way when Teams closed, one is enough to wait longer next time.
        elif not self._pace.closed or failure.retry_after is not None:
            self._pauses += 1
            wait = pause(failure, self._pauses)
            self._pace.pause(wait)
            if failure.action == "wait":
                self._pace.slow_down()
            self._say(f"{self._tenant_id}: nothing goes for {wait:.0f} s. {failure.text}")
