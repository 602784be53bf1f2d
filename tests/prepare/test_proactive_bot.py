"""In private, in the thread, at the root; and when Teams says no."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer

from samples.local_teams.events.actions import UserAction, perform
from samples.local_teams.testing import LocalTeams
from samples.prepare.proactive_bot import ProactiveBot
from samples.shared.bot import connect
from samples.shared.endpoint import messages_app
from tests.support.talking import deliver, looks_at, said, story

pytestmark = pytest.mark.usefixtures("environ")

PRIVATE = "Hello Ada Lovelace. You wrote to me; I answer you here too."
THREAD = "And this continues the thread that you wrote in."
HELLO = "<at>Contoso Notifier</at> hello"


@pytest_asyncio.fixture
async def proactive_client(teams: LocalTeams) -> AsyncIterator[TestClient[Any, Any]]:
    """The bot behind its HTTP endpoint."""
    bot = connect()
    async with TestClient(TestServer(messages_app(bot, ProactiveBot(bot)))) as running:
        yield running


async def does(teams: LocalTeams, proactive_client: TestClient[Any, Any], *what: str) -> None:
    await deliver(
        proactive_client, perform(teams.world, UserAction(*what), service_url=teams.service_url)
    )


@looks_at("proactive_bot")
def test_the_story_private_thread_and_root() -> None:
    done = story("proactive_bot")
    world = done.world
    assert done.printed == "sent in private\nsent in the thread\nsent at the root\n"
    assert done.complaint == ""
    private, general, releases = (messages for _, messages in done.arrived)
    ada, engineering = world.people[0], world.teams[0]
    assert [c.name for c, _ in done.arrived] == [ada.name, "General", "Releases"]
    assert [m["text"] for m in private] == [PRIVATE]
    assert [m["text"] for m in general] == ["1 person joined."]
    assert [m["text"] for m in releases] == [HELLO, THREAD]
    asked, answered = releases
    assert asked["conversation"]["id"] == answered["conversation"]["id"]
    assert general[0]["conversation"]["id"] == f"{engineering.id};messageid={general[0]['id']}"
    created = done.wire[0].request.json
    assert created["channelData"] == {"tenant": {"id": world.tenant_id}}
    assert created["members"] == [{"id": ada.id}]


async def test_in_the_personal_chat_both_arrive_there(
    teams: LocalTeams, proactive_client: TestClient[Any, Any]
) -> None:
    await does(teams, proactive_client, "Ada Lovelace", "says", "", "hello")
    assert said(teams) == {"Ada Lovelace": [PRIVATE, THREAD]}


async def test_an_install_for_one_person_announces_nobody(
    teams: LocalTeams, proactive_client: TestClient[Any, Any]
) -> None:
    """Teams adds the person together with the bot."""
    await does(teams, proactive_client, "Barbara Liskov", "installs")
    assert said(teams) == {}


async def test_in_a_group_chat_the_sender_and_the_chat_get_one_each(
    teams: LocalTeams, proactive_client: TestClient[Any, Any]
) -> None:
    await does(teams, proactive_client, "Ada Lovelace", "says", "Launch party", HELLO)
    assert said(teams) == {"Ada Lovelace": [PRIVATE], "Launch party": [THREAD]}


async def test_a_thread_is_cut_off_the_conversation_id(
    teams: LocalTeams, proactive_client: TestClient[Any, Any]
) -> None:
    """Where an event comes with a thread, the announcement still begins a thread of its own."""
    world = teams.world
    channel = world.teams[0].channels[0]
    root = world.post(channel, {"type": "message", "text": "old"}, sender=world.people[0])
    [joined] = perform(
        world, UserAction("Barbara Liskov", "joins", "Engineering"), service_url=teams.service_url
    )
    joined["conversation"]["id"] = root["conversation"]["id"]
    await deliver(proactive_client, [joined])
    announced = channel.messages[-1]
    assert announced["text"] == "1 person joined."
    assert announced["conversation"]["id"] == f"{channel.id};messageid={announced['id']}"


async def test_several_who_leave_make_one_message(
    teams: LocalTeams, proactive_client: TestClient[Any, Any]
) -> None:
    [left] = perform(
        teams.world,
        UserAction("Grace Hopper", "leaves", "Engineering"),
        service_url=teams.service_url,
    )
    left["membersRemoved"].append({"id": teams.world.people[2].id})
    await deliver(proactive_client, [left])
    assert said(teams) == {"General": ["2 people left."]}


async def test_of_itself_it_says_nothing(
    teams: LocalTeams, proactive_client: TestClient[Any, Any]
) -> None:
    for what in ("installs", "removes"):
        await does(teams, proactive_client, "Edsger Dijkstra", what, "Finance")
    assert said(teams) == {}


async def test_who_blocked_the_bot_is_answered_in_the_thread(
    teams: LocalTeams, proactive_client: TestClient[Any, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    teams.world.people[0].blocked = True
    await does(teams, proactive_client, "Ada Lovelace", "says", "Engineering/Releases", HELLO)
    assert said(teams) == {"Releases": [THREAD]}
    captured = capsys.readouterr().out
    assert captured.startswith("Not sent. Teams answered 403 MessageWritesBlocked")
    assert captured.endswith("\nsent in the thread\n")


async def test_who_has_not_the_app_is_answered_in_the_chat(
    teams: LocalTeams, proactive_client: TestClient[Any, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """A group chat that has the app is no team: its members need the personal install."""
    await does(teams, proactive_client, "Edsger Dijkstra", "installs", "Lunch")
    await does(teams, proactive_client, "Barbara Liskov", "says", "Lunch", HELLO)
    assert said(teams) == {"Lunch": [THREAD]}
    assert "Teams answered 403 ForbiddenOperationException" in capsys.readouterr().out


async def test_a_refused_announcement_is_printed(
    teams: LocalTeams, proactive_client: TestClient[Any, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """The app was removed from the team before the bot got to speak."""
    world = teams.world
    activities = perform(
        world, UserAction("Barbara Liskov", "joins", "Engineering"), service_url=teams.service_url
    )
    world.teams[0].installed = False
    await deliver(proactive_client, activities)
    assert said(teams) == {}
    assert "403 BotNotInConversationRoster" in capsys.readouterr().out
