"""Asking one side, and deleting what was posted, whatever happens."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from samples.local_teams.model.exchange import Request, Response
from samples.local_teams.model.faults import Fault
from samples.local_teams.server.hub import HUB
from samples.local_teams.testing import LocalTeams
from samples.runner.conformance.asking import NoAnswer, Side, ask
from samples.runner.conformance.probes import Probe
from tests.support.planting import dropped, every_probe, plant, status

SAID = {"type": "message", "text": "Conformance probe"}
WHERE = "v3/conversations/{chat}/activities"


@pytest.fixture
def ada(teams: LocalTeams) -> Side:
    """Local Teams with Ada's chat."""
    world = teams.world
    chat = world.personal_chat(world.people[0])
    return Side(teams.service_url, "", {"chat": chat.id, "user": world.people[0].id})


def alive(teams: LocalTeams) -> list[str]:
    places = teams.world.conversations()
    return [m["text"] for place in places for m in place.messages if not m.get("deleted")]


async def test_when_cancelled_even_the_message_on_its_way_is_deleted(
    teams: LocalTeams, ada: Side
) -> None:
    hub = teams._app[HUB]
    right, running = hub.answer, asyncio.get_running_loop()
    asking: list[asyncio.Task[object]] = []

    def answer(request: Request) -> Response:
        response = right(request)
        if len(teams.wire) == 2:  # it is posted, and the answer has not left
            running.call_soon_threadsafe(asking[0].cancel)
            return replace(response, delay=0.2)
        return response

    hub.answer = answer  # type: ignore[method-assign]
    probe = Probe("send", "POST", WHERE, SAID)
    asking.append(asyncio.create_task(ask(ada, [probe, probe, probe])))
    with pytest.raises(asyncio.CancelledError):
        await asking[0]
    posts = [one.request.method for one in teams.wire]
    assert posts == ["POST", "POST", "DELETE", "DELETE"]
    assert (alive(teams), ada.left) == ([], [])


async def test_what_cannot_be_deleted_is_named(teams: LocalTeams, ada: Side) -> None:
    teams.world.faults.append(Fault(500, method="DELETE"))
    await ask(ada, [Probe("send", "POST", WHERE, SAID)])
    [message] = teams.world.personal_chat(teams.world.people[0]).messages
    chat = ada.values["chat"]
    assert ada.left == [f"message {message['id']} in {chat}: 500 when it was to be deleted"]


async def test_a_post_without_an_answer_may_have_arrived(teams: LocalTeams, ada: Side) -> None:
    first = Probe("member", "GET", "v3/conversations/{chat}/members/{user}")
    plant(teams, {"create the same chat": dropped})  # the second request
    found = await ask(ada, [first, Probe("send", "POST", WHERE, SAID)])
    assert found[1] is not None
    assert found[1].status == 0
    assert ada.left == ["send: it may have arrived, and its ID is not known"]


async def test_a_throttled_request_waits_and_goes_again(teams: LocalTeams, ada: Side) -> None:
    for after in (0, 0):
        teams.world.faults.append(Fault(429, retry_after=after))
    [answer] = await ask(ada, [Probe("send", "POST", WHERE, SAID)])
    assert answer is not None
    assert answer.status == 201
    assert [one.response.status for one in teams.wire][:3] == [429, 429, 201]


async def test_after_three_times_throttled_is_the_answer(teams: LocalTeams, ada: Side) -> None:
    teams.world.faults.append(Fault(429, retry_after=0, times=3))
    [answer] = await ask(ada, [Probe("send", "POST", WHERE, SAID)])
    assert answer is not None
    assert (answer.status, len(teams.wire)) == (429, 3)


async def test_a_deletion_that_is_a_probe_is_not_repeated(teams: LocalTeams, ada: Side) -> None:
    send = Probe("send", "POST", WHERE, SAID, {"message": "id"})
    await ask(ada, [send, Probe("delete", "DELETE", f"{WHERE}/{{message}}")])
    assert [one.request.method for one in teams.wire] == ["POST", "DELETE"]


async def test_where_nothing_answers_it_stops_at_once(teams: LocalTeams) -> None:
    plant(teams, {"create chat": dropped})
    side = Side(teams.service_url, "", {name: "x" for name in ("tenant", "user", "bot", "long")})
    with pytest.raises(NoAnswer):
        await ask(side, every_probe(signed_in=False))
    assert len(teams.wire) == 1


async def test_a_message_that_has_no_id_is_named(teams: LocalTeams, ada: Side) -> None:
    card = {"contentType": "application/vnd.microsoft.card.adaptive", "content": {}}
    await ask(ada, [Probe("both", "POST", WHERE, {**SAID, "attachments": [card]})])
    assert ada.left in ([], ["both: it may have arrived, and its ID is not known"])
    plant(teams, {"create chat": lambda r: replace(status(201)(r), body=b"")})
    await ask(ada, [Probe("empty", "POST", WHERE, SAID)])
    assert ada.left[-1] == "empty: it may have arrived, and its ID is not known"
