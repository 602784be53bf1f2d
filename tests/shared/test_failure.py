"""What Teams answered, read from what the SDK raised."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import requests
from aiohttp import ConnectionTimeoutError, ServerDisconnectedError
from azure.core.exceptions import DeserializationError
from msal.exceptions import MsalError
from msrest.exceptions import ClientRequestError
from requests.exceptions import ConnectionError, ConnectTimeout

from samples.facts import Refusal, named_rows, refusals, unanswered
from samples.local_teams.model.contoso import contoso
from samples.local_teams.model.exchange import Request
from samples.local_teams.services.dispatch import answer
from samples.shared.bot import Bot
from samples.shared.failure import SEND_ERRORS, Failure
from tests.support.provoking import PROVOKED, RECORDED, provoked
from tests.support.raising import raised


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
    ("status", "body", "expected"),
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
def test_a_body_that_says_no_code(status: int, body: bytes, expected: str) -> None:
    assert str(Failure.of(raised(status, body, "Service Unavailable"))).startswith(expected)


@pytest.mark.parametrize(
    ("error", "code", "maybe_arrived", "action"),
    [
        (ConnectionError("no route to login"), "Unreachable", False, "retry"),
        (ClientRequestError("x", ServerDisconnectedError()), "AnswerLost", True, "retry"),
        (ClientRequestError("x", TimeoutError()), "AnswerLost", True, "retry"),
        (ClientRequestError("x", ConnectionTimeoutError()), "Unreachable", False, "retry"),
        (ClientRequestError("x", ConnectionError("aborted")), "AnswerLost", True, "retry"),
        (ClientRequestError("x", ConnectionError()), "AnswerLost", True, "retry"),
        (ClientRequestError("x", ConnectTimeout()), "Unreachable", False, "retry"),
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


def test_an_answer_in_a_turn_that_reached_nobody_was_not_sent() -> None:
    """There the SDK sends with requests."""
    with pytest.raises(ConnectionError) as refused:
        requests.get("http://127.0.0.1:9/", timeout=5)
    failure = Failure.of(ClientRequestError("x", refused.value))
    assert (failure.code, failure.maybe_arrived) == ("Unreachable", False)


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
    [
        ("7", 7.0),
        ("0.5", 0.5),
        *(
            (odd, None)
            for odd in (None, "-1", "soon", "", "nan", "inf", "1e400", "9" * 5000, "1_0", "\u0663")
        ),
        ("Fri, 31 Dec 9999 23:59:59 -9999", None),
    ],
)
def test_how_long_teams_asks_to_wait(header: str | None, seconds: float | None) -> None:
    headers = {} if header is None else {"Retry-After": header}
    assert Failure.of(raised(429, b"{}", headers=headers)).retry_after == seconds


def test_how_long_teams_asks_to_wait_by_a_date() -> None:
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    wait = Failure.of(raised(429, b"{}", headers={"Retry-After": then})).retry_after
    assert wait and 80 < wait <= 90


# -- every row, provoked ---------------------------------------------------------------------------


def test_every_row_of_the_table_is_provoked() -> None:
    assert list(PROVOKED) == list(named_rows())


@pytest.mark.parametrize("anchor", PROVOKED)
async def test_a_row_provoked_is_what_its_row_and_the_page_say(
    anchor: str, connected: Callable[[], Bot]
) -> None:
    row, result = named_rows()[anchor], await provoked(anchor, connected)
    failure = result["failure"]
    assert (failure["status"] or 0, failure["code"], result["action"]) == (
        row.status,
        row.code,
        row.action,
    )
    assert result["again"]["send again"] == row.retry
    assert result == json.loads(RECORDED.read_text("utf-8"))[anchor], "make record writes it again"
