"""Work through one tenant's recipients in the outbox, at a pace, until none is left or it stops."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from samples.shared.bulk.attempt import Attempt, Handler, NotStarted
from samples.shared.bulk.grouping import Records
from samples.shared.bulk.outbox import Outbox
from samples.shared.bulk.pace import Pace
from samples.shared.bulk.rows import Outcome, Recipient
from samples.shared.failing import Failure, IfUnsure
from samples.shared.retrying import pause

AT_ONCE = 32  # requests in flight; a crash leaves at most as many in doubt
ATTEMPTS = 8
DISABLED = "BotDisabledByAdmin"  # in one conversation or in all: the answer does not say
REFUSED = 5  # refusals in a row, each of one conversation, that concern everyone
PATIENCE = 600.0  # seconds without a single success until it gives up for now
POLL = 2.0  # seconds between looks at whether the job was paused or somebody is due


class Stopped(Exception):
    """Nothing more can be sent for now; the remaining recipients wait in the outbox."""


async def drain(
    outbox: Outbox,
    job: str,
    tenant_id: str,
    handle: Handler,
    *,
    pace: Pace,
    stop: asyncio.Event,
    if_unsure: IfUnsure = "send again",
    at_once: int = AT_ONCE,
    patience: float = PATIENCE,
    on_outcome: Callable[[Outcome], None] = lambda outcome: None,
    on_notice: Callable[[str], None] = lambda line: None,
    check_lock: Callable[[], None] = lambda: None,
) -> None:
    """Do a job for everybody in a tenant who waits, inside `outbox.exclusive`.

    Args:
        handle: see `Handler`.
        pace: of the tenant.
        stop: once set, nothing more leaves; requests in flight are waited for.
        if_unsure: what to do about an attempt that may have succeeded.
        at_once: how many requests are in flight at most.
        patience: how many seconds may pass without a success.
        on_outcome: called for each recipient that is finished.
        on_notice: called with what concerns all recipients, in a line for a person.
        check_lock: raises when the lock of the tenant is lost.

    Raises:
        Stopped: a failure with the action `stop` that concerns everyone, or nobody answered for as
            long as `patience`.
        DBAPIError: the outbox cannot be written, for example because the disk is full.
        ValueError: `at_once` is less than 1.
    """
    if at_once < 1:
        raise ValueError(f"{at_once} requests in flight: at least 1 is needed.")
    work = _InFlight(outbox, tenant_id, handle, pace, if_unsure, patience, on_outcome, on_notice)
    await outbox.in_thread(outbox.recover, job, tenant_id, if_unsure)
    stopping = asyncio.create_task(stop.wait())
    stopping.add_done_callback(lambda _: work.changed.set())
    try:
        while not stop.is_set() and work.ended is None:
            await outbox.in_thread(check_lock)
            due, wait = await outbox.in_thread(outbox.due, job, tenant_id)
            due = [recipient for recipient in due if recipient.id not in work.ids]
            if not due and wait is None and not work.tasks:
                break
            if not due:
                await work.change(min(wait or POLL, POLL))
            await work.spawn_each(due, at_once, stop)
    finally:
        stopping.cancel()
        await work.end()
    if work.refused >= REFUSED:  # they concerned everyone, so these wait too
        await outbox.in_thread(outbox.retry_failed, job, ("stop",), tenant_id=tenant_id)
    if work.ended is not None:
        raise work.ended


class _InFlight:
    """The attempts in flight, and what their outcomes mean for all recipients."""

    def __init__(
        self,
        outbox: Outbox,
        tenant_id: str,
        handle: Handler,
        pace: Pace,
        if_unsure: IfUnsure,
        patience: float,
        on_outcome: Callable[[Outcome], None],
        on_notice: Callable[[str], None],
    ) -> None:
        self._tenant_id, self._handle, self._pace = tenant_id, handle, pace
        self._records = Records(outbox)
        self._if_unsure, self._patience = if_unsure, patience
        self._on_outcome, self._on_notice = on_outcome, on_notice
        self._clock = asyncio.get_running_loop().time
        self._last_success = self._clock()
        self.refused = 0  # by an administrator, in a row
        self._in_a_row = 0  # retryable failures since the last success
        self._pauses = 0  # since the last success
        self.tasks: dict[asyncio.Task[None], Attempt] = {}
        self.changed = asyncio.Event()  # an attempt ended, or the drain is to stop
        self.ended: BaseException | None = None

    @property
    def ids(self) -> set[str]:
        return {attempt.recipient.id for attempt in self.tasks.values()}

    async def change(self, seconds: float | None = None) -> None:
        """Wait until an attempt ends or the drain is to stop, at most so many seconds."""
        self.changed.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.changed.wait()

    async def spawn_each(self, due: list[Recipient], at_once: int, stop: asyncio.Event) -> None:
        """Begin an attempt for each recipient, until the drain is to stop."""
        for recipient in due:
            while len(self.tasks) >= at_once and not stop.is_set():
                await self.change()
            if stop.is_set() or self.ended is not None:
                break
            self._spawn(recipient)

    def _spawn(self, recipient: Recipient) -> None:
        attempt = Attempt(self._records, self._pace, recipient)
        task = asyncio.create_task(self._run(attempt))
        self.tasks[task] = attempt
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        del self.tasks[task]
        self.changed.set()
        error = None if task.cancelled() else task.exception()
        self.ended = self.ended or error

    async def end(self) -> None:
        """Wait for requests that have left; the other recipients stay waiting in the outbox."""
        for task, attempt in self.tasks.items():
            if not attempt.started:
                task.cancel()
        if self.tasks:
            await asyncio.wait(self.tasks)

    async def _run(self, attempt: Attempt) -> None:
        recipient = attempt.recipient
        try:
            result = await self._handle(recipient, attempt)
        except NotStarted:
            return
        if isinstance(result, Failure):
            outcome = self._outcome(result, attempt)
        else:
            outcome = Outcome("done", result)
            self._last_success, self._in_a_row, self._pauses = self._clock(), 0, 0
            self.refused = 0
        await self._records.finish(recipient, outcome, attempt.data)
        if outcome.state != "waiting":
            self._on_outcome(outcome)

    def _outcome(self, failure: Failure, attempt: Attempt) -> Outcome:
        """What a failure means for this recipient, and for all."""
        detail = failure.brief
        if not attempt.started:  # the request that failed can be repeated in any case
            failure = replace(failure, maybe_arrived=False)
        unsure = failure.maybe_arrived
        tried = attempt.recipient.attempts + 1
        if failure.action == "stop":
            return self._stop(failure)
        if attempt.corrected and tried < ATTEMPTS:
            return Outcome("waiting", detail, failure.action, unsure)
        if not failure.to_send_again(self._if_unsure):
            return Outcome("unsure" if unsure else "failed", detail, failure.action, unsure)
        self._in_a_row += 1
        # Silence and "too fast" are not the recipient's fault, nor is a failure of everybody.
        all_wait = failure.action == "wait" or failure.code == "Unreachable"
        if all_wait or self._in_a_row > AT_ONCE:
            self._pause_all(failure)
            return Outcome("waiting", detail, failure.action, unsure, counts=False)
        if tried >= ATTEMPTS:
            return Outcome("unsure" if unsure else "failed", detail, failure.action, unsure)
        return Outcome("waiting", detail, failure.action, unsure, wait=pause(failure, tried))

    def _stop(self, failure: Failure) -> Outcome:
        """Stop for everyone, or for one conversation: an administrator can disable either."""
        if failure.code == DISABLED:
            self.refused += 1
            if self.refused < REFUSED:
                return Outcome("failed", failure.brief, failure.action)
        self.ended = self.ended or Stopped(str(failure))
        return Outcome("waiting", failure.brief, failure.action, counts=False)

    def _pause_all(self, failure: Failure) -> None:
        if self._clock() - self._last_success > self._patience:
            self.ended = self.ended or Stopped(str(failure))
        # Of many in flight when Teams stopped answering, one is enough to lengthen the next wait.
        elif not self._pace.closed or failure.retry_after is not None:
            self._pauses += 1
            wait = pause(failure, self._pauses)
            if wait > self._patience:
                self.ended = self.ended or Stopped(str(failure))
                return
            self._pace.pause(wait)
            if failure.action == "wait":
                self._pace.slow_down()
            self._on_notice(f"{self._tenant_id}: nothing goes for {wait:.0f} s. {failure.text}")
