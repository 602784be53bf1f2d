"""samples/delivery.py: what Teams said, out of what the SDK raised."""

from __future__ import annotations

from typing import Any

import pytest
from azure.core.exceptions import DeserializationError
from botbuilder.schema import ErrorResponseException
from requests import Response
from requests.exceptions import ConnectionError

from samples.delivery import SEND_ERRORS, Failure
from samples.facts import Refusal, refusals
from samples.local_teams.connector import answer
from samples.local_teams.http import Request
from samples.local_teams.world import contoso


def raised(status: int, body: bytes, reason: str = "") -> ErrorResponseException:
    """What the SDK raises for an answer."""
    response: Any = Response()
    response.status_code, response._content, response.reason = status, body, reason

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
    refused = answer(world, Request("POST", path, body=b'{"type": "message"}'))
    failure = Failure.of(raised(refused.status, refused.body))
    assert (failure.status, failure.code) == (403, "MessageWritesBlocked")
    assert failure.text == "Thread is blocked from message writes."


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (503, b"", "Not sent. Teams answered 503: Service Unavailable\nSend again a little later"),
        (418, b"{}", "Not sent. Teams answered 418: {}"),
        (403, b'{"errorCode": 1, "message": "plain"}', "Not sent. Teams answered 403: {"),
        (400, b"[]", "Not sent. Teams answered 400: []"),
    ],
)
def test_a_body_that_says_no_code(status: int, body: bytes, told: str) -> None:
    assert str(Failure.of(raised(status, body, "Service Unavailable"))).startswith(told)


def test_a_page_of_html_instead_of_json() -> None:
    """What msrest makes of it says neither status nor code; it must not end a round of sends."""
    assert issubclass(DeserializationError, SEND_ERRORS)
    assert "not valid JSON" in str(Failure.of(DeserializationError("not valid JSON")))


def test_nothing_answered() -> None:
    failure = Failure.of(ConnectionError("no route to host"))
    assert failure == Failure(None, "", "no route to host")
    assert "TEAMS_SERVICE_URL" in str(failure)
    assert failure.action == ""
