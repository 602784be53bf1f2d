"""How long to wait before the next attempt, and a retrier that sends again what may be repeated."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
)

from samples.shared.failing import Failure, IfUnsure, is_send_error

LONGEST_WAIT = 3600.0  # seconds; an hour is the longest window of a limit of Teams


def pause(failure: Failure, attempt: int, *, longest: float = 60) -> float:
    """How many seconds to wait before the next attempt.

    As long as Teams asks, but not over an hour, and up to a second more, so that waiting senders
    do not all return at once. When Teams does not say: up to 2, 4, 8, … seconds (exponential, with
    full jitter).

    Args:
        attempt: how many attempts were made, this one included.
        longest: the longest wait, unless Teams asks for a longer one.
    """
    if failure.retry_after is not None:
        return min(failure.retry_after, LONGEST_WAIT - 1) + random.uniform(0, 1)
    return random.uniform(0, min(longest, 2.0**attempt))


def retrying(
    *,
    if_unsure: IfUnsure,
    attempts: int = 5,
    patience: float = 300,
    on_retry: Callable[[Failure, float], None] = lambda failure, seconds: None,
    sleep: Callable[[float], Awaitable[None]] | None = None,
) -> AsyncRetrying:
    """Send again what may be sent again: `await retrying(if_unsure="leave")(send, bot, …)`.

    A wait occupies no thread and no connection.

    Args:
        if_unsure: what to do when the message may have arrived: "send again", and it may arrive
            twice, or "leave", and it may be lost.
        attempts: how many attempts are made at most.
        patience: no attempt begins later than this after the first, in seconds. Where Teams asks to
            wait longer, the failure says how long.
        on_retry: called before each wait, with the failure and the seconds.
        sleep: waits; `asyncio.sleep` when None.

    Returns:
        A function that calls an async function with its arguments until that succeeds or may not be
        repeated. It raises what the last attempt raised.
    """

    def failure(state: RetryCallState) -> Failure:
        error = state.outcome.exception() if state.outcome else None
        assert error
        return Failure.of(error)

    return AsyncRetrying(
        retry=retry_if_exception(
            lambda error: is_send_error(error) and Failure.of(error).to_send_again(if_unsure)
        ),
        wait=lambda state: pause(failure(state), state.attempt_number),
        stop=stop_after_attempt(attempts) | stop_before_delay(patience),
        before_sleep=lambda state: on_retry(failure(state), state.upcoming_sleep),
        sleep=sleep or asyncio.sleep,
        reraise=True,
    )
