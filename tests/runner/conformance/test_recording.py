"""The conformance run finds each difference between two sides, and invents none.

Local Teams plays Teams here, with faults planted in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from samples.local_teams.model.contoso import contoso
from samples.local_teams.sign_in.authority import Authority
from samples.local_teams.testing import LocalTeams
from samples.runner.conformance.asking import Side
from samples.runner.conformance.recording import (
    differences_in,
    local_side,
    record,
    replay,
)
from tests.support import ROOT
from tests.support.planting import (
    Fault,
    as_teams,
    body,
    dropped,
    every_probe,
    example,
    header,
    plant,
    status,
)

RECORDINGS = Path(__file__).with_name("recordings")
WRONG_TEXT = {"error": {"code": "BadSyntax", "message": "Failed to decrypt conversation id"}}


def other_name(member: dict[str, Any]) -> None:
    del member["surname"]
    member["name"] = 7


# Probe, what is wrong with the answer, and where that has to be found.
PLANTED: dict[str, tuple[Fault, list[str]]] = {
    "create the same chat": (body(lambda b: b.update(id="a:1another")), ["body.id"]),
    "create chat without tenant": (body(lambda _: WRONG_TEXT), ["body.error.message"]),
    "create chat with nobody": (
        body(lambda b: b["error"].update(code="Forbidden")),
        ["body.error.code"],
    ),
    "create group": (header("Content-Type", "text/html"), ["headers.Content-Type"]),
    "send as reply": (status(202), ["status"]),
    "send card": (header("MS-CV", None), ["headers.MS-CV"]),
    "send nothing": (lambda response: replace(response, body=b"<html>"), ["body"]),
    "send too much": (header("Retry-After", "7"), ["headers.Retry-After"]),
    "send no JSON": (
        dropped,
        [*("status", "body"), *(f"headers.{name}" for name in ("Content-Type", "Server", "MS-CV"))],
    ),
    "update": (status(500), ["status"]),
    "send typing": (body(lambda _: {"id": "1700000000000"}), ["body", "headers.Content-Type"]),
    "update no message": (lambda response: replace(response, body=b""), ["body"]),
    "delete again": (body(lambda b: b["error"].update(innererror=None)), ["body.error.innererror"]),
    "member": (body(other_name), ["body.name", "body.surname"]),
    "no member": (body(lambda b: b["error"].update(code=404)), ["body.error.code"]),
    "members in pages": (
        body(lambda b: b["members"].append({"id": b["members"][0]["id"], "isBot": True})),
        ["body.members[1]"],
    ),
    "create thread": (header("Server", "Kestrel/1.0"), ["headers.Server"]),
    "channels": (
        body(lambda b: b["conversations"][0].update(type="standard")),
        ["body.conversations[0].type"],
    ),
}


@pytest.fixture
def signed_teams() -> Iterator[tuple[LocalTeams, Side]]:
    """Local Teams that demands tokens, and how it is asked."""
    authority = Authority.of(contoso())
    with LocalTeams(contoso(), authority) as running:
        yield running, as_teams(running, authority.bot_token())


async def recorded(side: Side) -> dict[str, Any]:
    chosen = every_probe(signed_in=bool(side.token))
    recording, _ = await record(side, chosen, day="2026-11-28")
    read: dict[str, Any] = json.loads(json.dumps(recording))  # as the file has it
    return read


def found_in(recording: dict[str, Any]) -> set[tuple[str, str]]:
    return {(one.probe, one.place) for one in differences_in(recording)}


def messages(teams: LocalTeams) -> list[Any]:
    return [m for place in teams.world.conversations() for m in place.messages]


async def test_between_equals_nothing_differs_and_nothing_stays(teams: LocalTeams) -> None:
    side = as_teams(teams)
    recording = await recorded(side)
    assert differences_in(recording) == []
    assert len(recording["probes"]) == 24
    assert all(one["teams"]["status"] for one in recording["probes"])
    assert len(messages(teams)) == 5
    assert all(message.get("deleted") for message in messages(teams))
    assert (side.posted, side.left) == ([], [])


async def test_between_equals_that_are_signed_in_nothing_differs(
    signed_teams: tuple[LocalTeams, Side],
) -> None:
    recording = await recorded(signed_teams[1])
    assert differences_in(recording) == []
    refused = {one["probe"]["name"]: one["teams"]["status"] for one in recording["probes"]}
    assert len(refused) == 25
    assert [name for name, status in refused.items() if status == 401] == ["send without token"]


async def test_an_object_id_and_general_find_their_like(teams: LocalTeams) -> None:
    person, team = teams.world.people[0], teams.world.teams[0]
    side = as_teams(teams, user=person.aad_object_id, channel=team.id)
    recording = await recorded(side)
    assert differences_in(recording) == []
    assert (recording["user_id"], recording["in_general"]) == ("", True)


async def test_each_planted_difference_is_found_and_none_is_invented(teams: LocalTeams) -> None:
    plant(teams, {name: fault for name, (fault, _) in PLANTED.items()})
    expected = {(name, place) for name, (_, places) in PLANTED.items() for place in places}
    assert found_in(await recorded(as_teams(teams))) == expected


async def test_each_planted_difference_is_found_when_signed_in(
    signed_teams: tuple[LocalTeams, Side],
) -> None:
    running, side = signed_teams
    faults = {name: fault for name, (fault, _) in PLANTED.items()}
    faults["send without token"] = header("WWW-Authenticate", "Bearer")
    plant(running, faults, signed_in=True)
    expected = {(name, place) for name, (_, places) in PLANTED.items() for place in places}
    expected.add(("send without token", "headers.WWW-Authenticate"))
    assert found_in(await recorded(side)) == expected


async def test_what_needs_a_missing_value_is_left_out(teams: LocalTeams) -> None:
    plant(teams, {"create chat": body(lambda _: {})})
    recording = await recorded(as_teams(teams))
    asked = [one["probe"]["name"] for one in recording["probes"] if one["teams"]]
    assert "send" not in asked
    assert {"create thread", "send in thread", "channels"} <= set(asked)
    # Nobody can tell whether the second is the same chat.
    assert found_in(recording) == {
        ("create chat", "body.id"),
        ("create the same chat", "body.id"),
    }


async def test_every_recording_is_what_local_teams_answers(teams: LocalTeams) -> None:
    """Those of readers are in a folder. One that is made now shows that replaying sees them."""
    plant(teams, {"send": header("Server", "Kestrel/1.0"), "update": status(500)})
    made = await recorded(as_teams(teams))
    found = {f"{one.probe}: {one.place}" for one in await replay(made)}
    assert found == {"send: headers.Server", "update: status"}
    made["accepted"] = {"send: headers.Server": "no bot reads it", "update: status": "a fault"}
    assert await replay(made) == []
    for file in RECORDINGS.glob("*.json"):
        assert await replay(json.loads(file.read_text("utf-8"))) == [], file.name


def test_local_teams_has_the_values_that_probes_need() -> None:
    with local_side(signed_in=False, user_id="29:", in_general=True) as side:
        assert side.values["user"].startswith("29:")
        assert side.values["team"] == side.values["channel"]


def test_the_page_shows_what_a_run_prints() -> None:
    recorded = ROOT / "docs" / "recorded" / "conformance.txt"
    assert recorded.read_text("utf-8") == example(), "make record"
