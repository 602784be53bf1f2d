"""What is sent again, after which wait, and what is not."""

from __future__ import annotations

import asyncio
import random
import threading
from typing import Any

import pytest
from botbuilder.schema import ErrorResponseException
from requests.exceptions import ConnectionError

from samples.facts import refusals
from samples.shared.failure import Failure, IfUnsure
from samples.shared.retrying import retrying
from tests.support.raising import raised


class Sending:
    """A send that fails with each of these in turn and then succeeds; and the waits in between."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.sent = 0
        self.slept: list[float] = []
        self.heard: list[tuple[Failure, float]] = []

    async def __call__(self, message: str) -> str:
        self.sent += 1
        if self.errors:
            raise self.errors.pop(0)
        return message

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def retried(self, if_unsure: IfUnsure, **how: Any) -> str:
        again = retrying(
            if_unsure=if_unsure,
            sleep=self.sleep,
            on_retry=lambda failure, seconds: self.heard.append((failure, seconds)),
            **how,
        )
        return await again(self, "Hello")


async def test_retry_after_is_honored() -> None:
    throttled = raised(429, b"{}", headers={"Retry-After": "7"})
    sending = Sending(throttled, throttled)
    assert await sending.retried("leave") == "Hello"
    assert [7 <= wait <= 8 for wait in sending.slept] == [True, True]
    assert sending.heard == [(Failure.of(throttled), wait) for wait in sending.slept]


async def test_without_it_the_waits_double_at_random_and_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn: list[float] = []

    def longest(low: float, high: float) -> float:
        drawn.append(low)
        return high

    monkeypatch.setattr(random, "uniform", longest)
    sending = Sending(*(raised(412, b"{}") for _ in range(9)))
    with pytest.raises(ErrorResponseException):
        await sending.retried("leave", attempts=8)
    assert sending.sent == 8
    assert sending.slept == [2, 4, 8, 16, 32, 60, 60]
    assert drawn == [0] * 8  # full jitter: from nothing to all of it


async def test_a_wait_beyond_our_patience_is_not_waited() -> None:
    sending = Sending(raised(429, b"{}", headers={"Retry-After": "3600"}))
    with pytest.raises(ErrorResponseException) as caught:
        await sending.retried("leave")
    assert (sending.sent, sending.slept) == (1, [])
    assert Failure.of(caught.value).retry_after == 3600


@pytest.mark.parametrize("status", sorted({r.status for r in refusals()}))
@pytest.mark.parametrize("if_unsure", ["send again", "leave"])
async def test_only_what_may_be_repeated_is_repeated(status: int, if_unsure: IfUnsure) -> None:
    """And what may have arrived only by the reader's choice: twice rather than never."""
    again = status in ((412, 429, 502, 503, 504) if if_unsure == "send again" else (412, 429))
    sending = Sending(raised(status, b"{}"))
    if again:
        assert await sending.retried(if_unsure) == "Hello"
    else:
        with pytest.raises(ErrorResponseException):
            await sending.retried(if_unsure)
    assert sending.sent == 1 + again


async def test_what_never_left_is_repeated_whatever_the_choice() -> None:
    assert await Sending(ConnectionError("no route")).retried("leave") == "Hello"


async def test_a_mistake_of_ours_is_not_repeated() -> None:
    sending = Sending(TypeError("service_url is required"))
    with pytest.raises(TypeError):
        await sending.retried("send again")
    assert sending.sent == 1


async def test_who_waits_holds_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda *_: 0.0)
    before = set(threading.enumerate())
    waiting: list[set[threading.Thread]] = []

    async def sleep(_: float) -> None:
        waiting.append(set(threading.enumerate()))
        await asyncio.sleep(0)

    many = [Sending(raised(412, b"{}")) for _ in range(100)]
    patiently = retrying(if_unsure="leave", sleep=sleep)
    await asyncio.gather(*(patiently(sending, "Hello") for sending in many))
    assert [sending.sent for sending in many] == [2] * 100
    assert len(waiting) == 100
    # Threads of an earlier test may end meanwhile; none is added for those who wait.
    assert all(threads <= before for threads in waiting)
