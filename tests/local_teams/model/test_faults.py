"""What goes wrong on demand, in a test or over HTTP."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

import pytest

from samples.facts import Refusal, refusals
from samples.local_teams.model.exchange import Request, Response
from samples.local_teams.model.faults import Fault, fault
from samples.local_teams.model.teams import Conversation
from samples.local_teams.model.world import World
from samples.local_teams.services.dispatch import answer
from samples.local_teams.testing import LocalTeams


def send(world: World, chat: Conversation, text: str = "Hello") -> Response:
    body = json.dumps({"type": "message", "text": text}).encode()
    return answer(world, Request("POST", f"/v3/conversations/{chat.id}/activities", body=body))


@pytest.mark.parametrize("row", refusals(), ids=lambda r: f"{r.status}-{r.code}")
def test_every_row_of_the_errors_can_be_provoked(
    world: World, chat: Conversation, row: Refusal
) -> None:
    world.faults.append(Fault(row.status, row.code))
    refused = send(world, chat)
    assert refused.status == row.status
    if row.code:
        assert refused.json["error"]["code"] == row.code
    elif row.text:
        assert refused.json == {"message": row.text}
    else:
        assert refused.body == b""
    assert chat.messages == []
    assert send(world, chat).status == 201, "a fault strikes once"


def test_throttled_with_and_without_retry_after(world: World, chat: Conversation) -> None:
    world.faults += [Fault(429, retry_after=7), Fault(429)]
    first, second = send(world, chat), send(world, chat)
    assert first.headers["Retry-After"] == "7" and "Retry-After" not in second.headers
    assert first.json == second.json
    assert first.json == {"error": {"code": "Throttled", "message": "Too many requests."}}


def test_the_duplicate_trap(world: World, chat: Conversation) -> None:
    """The bot gets an error although its message arrived: sent again, it arrives twice."""
    world.faults += [Fault(502, after=True), Fault(drop=True, after=True)]
    assert send(world, chat).status == 502
    assert send(world, chat).dropped
    assert send(world, chat).status == 201
    assert [m["text"] for m in chat.messages] == ["Hello"] * 3


def test_a_connection_dropped_before_anything_was_done(world: World, chat: Conversation) -> None:
    world.faults.append(Fault(drop=True))
    assert send(world, chat).dropped
    assert chat.messages == []


def test_a_fault_can_be_for_some_requests_only(world: World, chat: Conversation) -> None:
    other = world.personal_chat(world.people[1])
    world.faults.append(Fault(503, method="POST", path=f"/{other.id}/", times=2))
    statuses = [send(world, c).status for c in (chat, other, chat, other, other)]
    assert statuses == [201, 503, 201, 503, 201]
    assert world.faults == []


def test_a_fault_that_stays(world: World, chat: Conversation) -> None:
    world.faults.append(Fault(500, times=0))
    assert [send(world, chat).status for _ in range(5)] == [500] * 5


@pytest.mark.parametrize(
    ("payload", "error_text"),
    [
        ({"stauts": 429}, "A fault has no 'stauts'. It has: status, code, retry_after"),
        ({"status": "429"}, "status of a fault is int, not '429'"),
        ({"status": True}, "status of a fault is int, not True"),
        ({"status": 418}, "Teams answers no 418. It answers: 400, 401, 403"),
        ({"status": 403, "code": "Nope"}, "There is no 403 'Nope'. There are: 403 BotDisabled"),
        ({"delay": -1}, "delay of a fault is float, not -1"),
        ({"delay": None}, "delay of a fault is float, not None"),
        ({"drop": 1}, "drop of a fault is bool, not 1"),
        ({"times": -1}, "times of a fault is int, not -1"),
        ({"method": 5}, "method of a fault is str, not 5"),
    ],
)
def test_a_slip_is_named(payload: dict[str, Any], error_text: str) -> None:
    with pytest.raises(ValueError) as caught:
        fault(payload)
    assert str(caught.value).startswith(error_text)


def test_what_json_says_of_a_fault_makes_it_again() -> None:
    made = Fault(429, "Throttled", retry_after=2, delay=0.5, after=True, path="/a:1", times=3)
    assert fault(made.as_json()) == made
    assert fault({"status": 429, "retry_after": None}) == Fault(429)


# -- over HTTP -------------------------------------------------------------------------------------


def ask(teams: LocalTeams, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{teams.service_url}{path}", data, method=method)
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, json.load(response) if response.status != 204 else None
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_faults_are_set_over_http(teams: LocalTeams) -> None:
    status, made = ask(teams, "POST", "_local/weather", {"status": 429, "times": 2})
    assert (status, made["status"], made["times"]) == (201, 429, 2)
    assert ask(teams, "GET", "_local/weather") == (200, [made])
    assert ask(teams, "GET", "v3/conversations")[1]["error"]["code"] == "Throttled"
    assert ask(teams, "GET", "_local/world")[1]["weather"] == [{**made, "times": 1}]
    assert ask(teams, "DELETE", "_local/weather") == (204, None)
    assert ask(teams, "GET", "v3/conversations")[0] == 405
    status, refused = ask(teams, "POST", "_local/weather", {"status": 418})
    assert status == 400 and refused["error"].startswith("Teams answers no 418")
    status, refused = ask(teams, "POST", "_local/weather", [1])
    assert (status, refused) == (400, {"error": "The body must be a JSON object, not [1]"})
    assert teams.world.faults == []


def test_limits_are_set_over_http(teams: LocalTeams) -> None:
    assert ask(teams, "GET", "_local/limits") == (200, {"on": False})
    assert ask(teams, "PUT", "_local/limits", {"on": True}) == (200, {"on": True})
    assert teams.world.limits
    assert ask(teams, "PUT", "_local/limits", {"on": "no"})[0] == 400
    assert ask(teams, "PUT", "_local/limits", {"on": False}) == (200, {"on": False})
    assert teams.world.limits is None


def test_a_dropped_connection_and_a_slow_answer(teams: LocalTeams) -> None:
    host = urlsplit(teams.service_url).netloc
    teams.world.faults += [Fault(drop=True), Fault(delay=0.05)]
    dropped = http.client.HTTPConnection(host)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        dropped.request("GET", "/v3/conversations")
        dropped.getresponse()
    dropped.close()
    before = time.monotonic()
    assert ask(teams, "GET", "v3/conversations")[0] == 405
    assert time.monotonic() - before >= 0.05
