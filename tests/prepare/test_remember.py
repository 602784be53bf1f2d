"""What the bot knows after what happened, also after kill -9."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from samples.local_teams.events.actions import UserAction, perform
from samples.local_teams.model.contoso import contoso
from samples.local_teams.model.messages import Activity
from samples.local_teams.testing import LocalTeams
from samples.runner.playing import play
from samples.runner.stories import Story
from samples.shared.bot import connect
from samples.shared.conversations import Conversations
from samples.shared.endpoint import messages_app
from samples.shared.remembering import Remember
from tests.support.talking import looks_at, story

HELLO = "<at>Contoso Notifier</at> hello"


def known() -> list[tuple[str, str]]:
    """What is in the database: kind, and the name of the person or of the channel."""
    world = contoso()
    names = {conversation.id: conversation.name for conversation in world.conversations()}
    names |= {person.id: person.name for person in world.people}
    return sorted((c.kind, names[c.user_id or c.id]) for c in Conversations().all())


# -- the bot in a process of its own ---------------------------------------------------------------


def step(who: str, does: str, where: str = "", text: str = "") -> dict[str, Any]:
    return {"who": who, "does": does, "where": where, "text": text}


@looks_at("remember")
def test_the_story_that_the_page_shows() -> None:
    done = story("remember")
    assert done.complaint == ""
    assert done.printed.splitlines() == [
        "conversations known: 0",
        "remembered personal",
        "remembered channel",  # Incidents, which Ada chose
        "remembered channel",  # Releases, where Grace writes
        "remembered personal",
        "conversations known: 4",
        "forgot personal (1)",
        "forgot channel (2)",
    ]
    assert done.wire == []  # nobody is sent anything


def test_kill_9_loses_nothing(teams: LocalTeams, environ: dict[str, str]) -> None:
    """Whatever Teams got an answer for is still there, and what comes later is added to it."""
    printed = io.StringIO()
    story = Story(
        bot="remember",
        steps=[
            step("Ada Lovelace", "installs"),
            step("Grace Hopper", "says", text="hi"),
            {"restart": True},
            {"restart": True},
            step("Alan Turing", "says", text="hi"),
            step("Grace Hopper", "says", "Launch party", HELLO),
            {"restart": True},
        ],
    )
    play(teams, story, environ, say=printed)
    known_at_start = [line for line in printed.getvalue().splitlines() if "known" in line]
    assert known_at_start == [f"conversations known: {count}" for count in (0, 2, 2, 4)]
    assert known() == [
        ("groupChat", "Launch party"),
        ("personal", "Ada Lovelace"),
        ("personal", "Alan Turing"),
        ("personal", "Grace Hopper"),
    ]


# -- one activity after another, over HTTP ---------------------------------------------------------


class Wire:
    """Posts to the bot's endpoint what Teams would."""

    def __init__(self, teams: LocalTeams, client: TestClient[Any, Any]) -> None:
        self.teams, self._client = teams, client

    async def happen(self, who: str, does: str, where: str = "", text: str = "") -> list[Activity]:
        happening = UserAction(who, does, where, text)
        activities = perform(self.teams.world, happening, service_url=self.teams.service_url)
        for activity in activities:
            await self.post(activity)
        return activities

    async def post(self, activity: Activity) -> None:
        async with self._client.post("/api/messages", json=activity) as answer:
            assert answer.status in (200, 201, 202), await answer.text()


@pytest.fixture
async def wire(teams: LocalTeams, environ: dict[str, str]) -> AsyncIterator[Wire]:
    app = messages_app(connect(), Remember(Conversations()))
    async with TestClient(TestServer(app)) as client:
        yield Wire(teams, client)


async def test_everything_is_captured_and_a_removal_forgets_its_place_only(wire: Wire) -> None:
    await wire.happen("Barbara Liskov", "installs")
    await wire.happen("Ada Lovelace", "installs")
    await wire.happen("Ada Lovelace", "installs", "Engineering/Incidents")
    await wire.happen("Grace Hopper", "says", "Engineering/Releases", HELLO)
    await wire.happen("Grace Hopper", "says", "Launch party", HELLO)
    everything = [
        ("channel", "Incidents"),
        ("channel", "Releases"),
        ("groupChat", "Launch party"),
        ("personal", "Ada Lovelace"),
        ("personal", "Barbara Liskov"),
    ]
    assert known() == everything

    await wire.happen("Ada Lovelace", "removes")
    assert known() == [*everything[:3], ("personal", "Barbara Liskov")]
    await wire.happen("Grace Hopper", "removes", "Engineering")
    assert known() == [("groupChat", "Launch party"), ("personal", "Barbara Liskov")]
    await wire.happen("Grace Hopper", "removes", "Launch party")
    assert known() == [("personal", "Barbara Liskov")]


@pytest.mark.parametrize("event", [0, 1], ids=["membersAdded", "installationUpdate"])
async def test_one_of_the_two_events_of_an_install_or_removal_is_enough(
    wire: Wire, event: int
) -> None:
    world, url = wire.teams.world, wire.teams.service_url
    installed = perform(world, UserAction("Ada Lovelace", "installs"), service_url=url)
    removed = perform(world, UserAction("Ada Lovelace", "removes"), service_url=url)
    await wire.post(installed[event])
    assert known() == [("personal", "Ada Lovelace")]
    await wire.post(removed[event])
    assert known() == []


async def test_a_message_is_enough_when_no_event_told_of_the_install(wire: Wire) -> None:
    await wire.happen("Alan Turing", "says", "Launch party", HELLO)
    await wire.happen("Alan Turing", "says", "", "hi")
    assert known() == [("groupChat", "Launch party"), ("personal", "Alan Turing")]


async def test_the_service_url_of_the_last_activity_is_kept(wire: Wire) -> None:
    [said] = await wire.happen("Alan Turing", "says", "", "hi")
    await wire.post(said | {"serviceUrl": "https://smba.trafficmanager.net/emea/"})
    assert Conversations().all()[0].service_url == "https://smba.trafficmanager.net/emea/"


async def test_a_person_who_leaves_a_team_does_not_take_the_team_along(wire: Wire) -> None:
    await wire.happen("Ada Lovelace", "installs", "Engineering")
    await wire.happen("Alan Turing", "says", "", "hi")
    await wire.happen("Alan Turing", "leaves", "Engineering")
    assert known() == [("channel", "General"), ("personal", "Alan Turing")]


async def test_a_person_who_is_deleted_from_the_tenant_is_forgotten(wire: Wire) -> None:
    await wire.happen("Alan Turing", "says", "", "hi")
    await wire.happen("Alan Turing", "leaves")  # membersRemoved names the person, not the bot
    assert known() == []


@pytest.mark.parametrize(
    ("action", "left"), [("add-upgrade", 1), ("remove-upgrade", 0), ("something-new", 1)]
)
async def test_an_update_of_the_app(wire: Wire, action: str, left: int) -> None:
    _, installed = await wire.happen("Ada Lovelace", "installs")
    await wire.post(installed | {"action": action})
    assert len(known()) == left


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "somethingNew"},
        {"type": "messageReaction"},
        {"type": "conversationUpdate", "channelData": {"eventType": "somethingNew"}},
    ],
    ids=str,
)
async def test_an_activity_of_an_unknown_kind_is_taken_like_any_other(
    wire: Wire, changed: Activity
) -> None:
    [said] = await wire.happen("Ada Lovelace", "says", "", "hi")
    Conversations().forget(wire.teams.world.tenant_id, said["conversation"]["id"])
    data = said["channelData"] | changed.get("channelData", {})
    await wire.post(said | changed | {"channelData": data})
    assert known() == [("personal", "Ada Lovelace")]


@pytest.mark.parametrize("kind", ["message", "installationUpdate", "conversationUpdate"])
async def test_an_activity_of_another_channel_is_answered_and_not_kept(
    wire: Wire, kind: str
) -> None:
    [said] = await wire.happen("Ada Lovelace", "says", "", "hi")
    del said["channelData"]
    other = said | {"type": kind, "channelId": "webchat", "conversation": {"id": "abc"}}
    gone = {"action": "remove", "membersRemoved": [said["recipient"]]}
    await wire.post(other)
    await wire.post(other | gone)
    assert known() == [("personal", "Ada Lovelace")]


async def test_what_is_remembered_is_there_before_the_answer_is_tried(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: Any) -> None:
        raise RuntimeError("no answer")

    monkeypatch.setattr(Remember, "on_message_activity", fails)
    world, url = wire.teams.world, wire.teams.service_url
    [said] = perform(world, UserAction("Ada Lovelace", "says", text="hi"), service_url=url)
    with pytest.raises(AssertionError):
        await wire.post(said)
    assert known() == [("personal", "Ada Lovelace")]
