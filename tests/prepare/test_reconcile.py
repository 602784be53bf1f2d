"""Who has the app is stored afterwards, silently, and nobody twice."""

from __future__ import annotations

import asyncio

import pytest

from samples.local_teams.model.faults import Fault
from samples.local_teams.testing import LocalTeams
from samples.prepare.reconcile import unknown_people
from samples.runner.running import start
from samples.shared.bot import connect
from samples.shared.conversations import Conversations
from samples.shared.graph import connect_graph
from samples.shared.remembering import reference_of
from samples.shared.sending import send

pytestmark = pytest.mark.usefixtures("environ")


async def test_who_has_the_app_is_stored_and_can_be_written_to(
    teams: LocalTeams, capsys: pytest.CaptureFixture[str]
) -> None:
    world = teams.world
    world.people[2].name = "Eve\x1b[2J\rEve"  # clears the screen of a terminal
    await asyncio.to_thread(start, "reconcile")  # which has an event loop of its own
    with_app = [person for person in world.people if person.installed]
    captured = capsys.readouterr().out.splitlines()
    names = [p.name.encode("unicode_escape").decode() for p in with_app]
    assert captured[:-1] == [f"{name}: had the app, and is stored now." for name in names]
    assert captured[-1] == "6 found; 6 personal chats are stored."
    assert not any(chat.messages for chat in world.conversations()), "they saw something"

    conversations = Conversations()
    grace = world.people[1]
    stored = conversations.person(world.tenant_id, grace.aad_object_id)
    assert stored and stored.user_name == grace.name
    assert stored.id == world.personal_chat(grace).id  # as an event would have captured
    await send(connect(), reference_of(stored), "hello")
    assert [m["text"] for m in world.personal_chat(grace).messages] == ["hello"]

    await asyncio.to_thread(start, "reconcile")
    assert capsys.readouterr().out == "0 found; 6 personal chats are stored.\n"


def test_without_a_name_the_id_is_told(
    teams: LocalTeams, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a permission to read people, Graph tells ids only."""
    teams.world.granted -= {"User.ReadBasic.All"}
    start("reconcile")
    assert capsys.readouterr().out.startswith(
        f"{teams.world.people[0].aad_object_id}: had the app, and is stored now."
    )


def test_without_consent_it_says_so(teams: LocalTeams) -> None:
    teams.world.granted -= {"GroupMember.ReadBasic.All"}
    with pytest.raises(SystemExit, match="403 Authorization_RequestDenied"):
        start("reconcile")


def test_what_was_learned_before_a_refusal_stays(teams: LocalTeams) -> None:
    world = teams.world
    grace = world.people[1]
    world.faults = [Fault(times=1, path="/v3/"), Fault(status=500, path="/v3/", times=0)]
    with pytest.raises(SystemExit, match="500 ServiceError"):
        start("reconcile")
    assert len(Conversations().all("personal")) == 1
    assert Conversations().person(world.tenant_id, grace.aad_object_id) is None


async def test_who_has_no_app_is_left_out(teams: LocalTeams) -> None:
    world = teams.world
    async with connect_graph() as graph:
        people = unknown_people(
            graph,
            Conversations(),
            tenant_id=world.tenant_id,
            group_id=world.teams[1].aad_group_id,  # Edsger Dijkstra and Barbara Liskov
            app_id=world.catalog[0].id,
        )
        assert [person.name async for person in people] == ["Edsger Dijkstra"]
