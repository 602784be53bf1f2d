"""What Teams said, out of what the SDK raised."""

from __future__ import annotations

import asyncio
import json
import random
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from aiohttp import ConnectionTimeoutError, ServerDisconnectedError
from azure.core.exceptions import DeserializationError
from botbuilder.schema import ErrorResponseException
from msal.exceptions import MsalError
from msrest.exceptions import ClientRequestError
from requests import Response
from requests.exceptions import ConnectionError

from samples.facts import Refusal, named_rows, refusals, unanswered
from samples.local_teams.model.exchange import Request
from samples.local_teams.model.world import contoso
from samples.local_teams.services.connector import answer
from samples.shared.failure import SEND_ERRORS, Failure, IfUnsure
from samples.shared.retrying import retrying
from tests.support.provoking import PROVOKED, RECORDED, provoked


def raised(
    status: int, body: bytes, reason: str = "", headers: Mapping[str, str] | None = None
) -> ErrorResponseException:
    """What the SDK raises for an answer."""
    response: Any = Response()
    response.status_code, response._content, response.reason = status, body, reason
    response.headers.update(headers or {})

    def deserialize(*_: Any) -> None:
        return None

    return ErrorResponseException(deserialize, response)


@pytest.mark.parametrize(
    "row", [r for r in refusals() if r.code], ids=lambda r: f"{r.status}-{r.code}"
)
def test_every_row_of_the_table_is_told_with_its_remedy(row: Refusal) -> None:
    body = f'{{"error": {{"code": "{row.code}", "message": "{row.text}"}}}}'.encode()
    failure = Failure.of(raised(row.status, body))
    assert (failure.status, failure.code, failure.text) == (row.status, row.code, row.text)
    assert str(failure).endswith(row.remedy)
    assert failure.action == row.action


def test_a_blocked_chat_is_read_out_of_its_odd_body() -> None:
    world = contoso()
    chat = world.personal_chat(next(p for p in world.people if p.blocked))
    path = f"/v3/conversations/{chat.id}/activities"
    refused = answer(world, Request("POST", path, body=b'{"type": "message", "text": "Hi"}'))
    failure = Failure.of(raised(refused.status, refused.body))
    assert (failure.status, failure.code) == (403, "MessageWritesBlocked")
    assert failure.text == "Thread is blocked from message writes."


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (
            503,
            b"",
            "Perhaps sent. Teams answered 503: Service Unavailable\nSend again a little later",
        ),
        (418, b"{}", "Not sent. Teams answered 418: {}"),
        (403, b'{"errorCode": 1, "message": "plain"}', "Not sent. Teams answered 403: {"),
        (400, b"[]", "Not sent. Teams answered 400: []"),
    ],
)
def test_a_body_that_says_no_code(status: int, body: bytes, told: str) -> None:
    assert str(Failure.of(raised(status, body, "Service Unavailable"))).startswith(told)


@pytest.mark.parametrize(
    ("error", "code", "maybe_arrived", "action"),
    [
        (ConnectionError("no route to login"), "Unreachable", False, "retry"),
        (ClientRequestError("x", ServerDisconnectedError()), "AnswerLost", True, "retry"),
        (ClientRequestError("x", TimeoutError()), "AnswerLost", True, "retry"),
        (ClientRequestError("x", ConnectionTimeoutError()), "Unreachable", False, "retry"),
        (DeserializationError("not valid JSON"), "AnswerLost", True, "retry"),
        (PermissionError("invalid_client"), "SignInFailed", False, "stop"),
        (MsalError("no such tenant"), "SignInFailed", False, "stop"),
    ],
)
def test_nothing_answered(error: Exception, code: str, maybe_arrived: bool, action: str) -> None:
    assert isinstance(error, SEND_ERRORS)
    failure = Failure.of(error)
    assert failure == Failure(None, code, str(error), maybe_arrived=maybe_arrived)
    assert failure.action == action
    begun = "Perhaps sent." if maybe_arrived else "Not sent."
    assert str(failure).startswith(f"{begun} {error}\n")


@pytest.mark.parametrize("row", unanswered(), ids=lambda row: row.code)
def test_what_nobody_answered_is_told_with_its_remedy(row: Refusal) -> None:
    failure = Failure(None, row.code, "")
    assert str(failure).endswith(row.remedy)
    assert (failure.action in ("retry", "wait")) == row.retry


@pytest.mark.parametrize(
    ("status", "code", "action"),
    [
        (429, "TooManyRequests", "wait"),  # one row has this status: the code may be another
        (412, "", "retry"),
        (403, "", "fix"),  # several have this one
        (418, "Teapot", "fix"),
        (501, "", "fix"),
    ],
)
def test_a_code_that_the_table_does_not_have(status: int, code: str, action: str) -> None:
    body = f'{{"error": {{"code": "{code}", "message": "new"}}}}'.encode()
    assert Failure.of(raised(status, body)).action == action


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("0.5", 0.5), ("-1", 0.0), (None, None), ("soon", None), ("", None)],
)
def test_how_long_teams_asks_to_wait(header: str | None, seconds: float | None) -> None:
    headers = {} if header is None else {"Retry-After": header}
    assert Failure.of(raised(429, b"{}", headers=headers)).retry_after == seconds


def test_how_long_teams_asks_to_wait_by_a_date() -> None:
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    wait = Failure.of(raised(429, b"{}", headers={"Retry-After": then})).retry_after
    assert wait and 80 < wait <= 90


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


# -- every row, provoked ---------------------------------------------------------------------------


def test_every_row_of_the_table_is_provoked() -> None:
    assert list(PROVOKED) == list(named_rows())


@pytest.mark.parametrize("anchor", PROVOKED)
async def test_a_row_provoked_is_what_its_row_and_the_page_say(anchor: str) -> None:
    row, told = named_rows()[anchor], await provoked(anchor)
    failure = told["failure"]
    assert (failure["status"] or 0, failure["code"], told["action"]) == (
        row.status,
        row.code,
        row.action,
    )
    assert told["again"]["send again"] == row.retry
    assert told == json.loads(RECORDED.read_text("utf-8"))[anchor], "make record writes it again"
