"""One greeting an installation, with reason, offer and next step."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer
from botbuilder.schema import Activity

from samples.local_teams.events.actions import UserAction, perform
from samples.local_teams.testing import LocalTeams
from samples.shared.bot import connect
from samples.shared.conversations import Conversations
from samples.shared.endpoint import messages_app
from samples.well.welcome import ANSWERS, OFFER, Welcome
from tests.support.talking import deliver, looks_at, said, story

pytestmark = pytest.mark.usefixtures("environ")

INSTALLED_FOR_YOU = "You get this message because Contoso Notifier was installed for you, "


@pytest_asyncio.fixture
async def welcome_client(teams: LocalTeams) -> AsyncIterator[TestClient[Any, Any]]:
    """The bot behind its HTTP endpoint."""
    async with TestClient(TestServer(messages_app(connect(), Welcome(Conversations())))) as running:
        yield running


def happens(teams: LocalTeams, *what: str) -> list[dict[str, Any]]:
    return perform(teams.world, UserAction(*what), service_url=teams.service_url)


@looks_at("welcome")
def test_the_story_one_greeting_in_each_place() -> None:
    done = story("welcome")
    world = done.world
    assert done.printed == "greeted personal\ngreeted groupChat\ngreeted channel\n"
    assert done.complaint == ""
    [barbara, lunch, finance] = (
        [m["text"] for m in messages if m["from"]["id"] == world.bot_id]
        for _, messages in done.arrived
    )
    assert [c.name for c, _ in done.arrived] == ["Barbara Liskov", "Lunch", "General"]
    assert len(barbara) == 2  # the greeting and the answer to stop; the second delivery is silent
    assert barbara[0].startswith(INSTALLED_FOR_YOU) and OFFER in barbara[0]
    assert "Write stop" in barbara[0] and barbara[1] == ANSWERS["stop"]
    private = "To hear of your own builds in private, add the app for yourself."
    who = "Edsger Dijkstra added Contoso Notifier to"
    assert lunch == [f"{who} this conversation. {OFFER} {private}"]  # and no farewell
    assert finance == [f"{who} the team Finance. {OFFER} {private}"]


async def test_the_greeting_goes_to_the_channel_chosen_on_install(
    teams: LocalTeams, welcome_client: TestClient[Any, Any]
) -> None:
    await deliver(
        welcome_client, happens(teams, "Ada Lovelace", "installs", "Engineering/Incidents")
    )
    assert list(said(teams)) == ["Incidents"]


async def test_the_events_of_one_install_make_one_greeting_in_any_order(
    teams: LocalTeams, welcome_client: TestClient[Any, Any]
) -> None:
    conversation_update, installation_update = happens(teams, "Barbara Liskov", "installs")
    await deliver(welcome_client, [installation_update, conversation_update, installation_update])
    assert len(said(teams)["Barbara Liskov"]) == 1


async def test_members_added_alone_greets_nobody(
    teams: LocalTeams, welcome_client: TestClient[Any, Any]
) -> None:
    """Graph makes Teams send it when somebody only asks for the id of the chat."""
    conversation_update, _ = happens(teams, "Barbara Liskov", "installs")
    joined = happens(teams, "Barbara Liskov", "joins", "Engineering")
    await deliver(welcome_client, [conversation_update, *joined])
    assert said(teams) == {}


async def test_installed_again_after_a_removal_is_greeted_again(
    teams: LocalTeams, welcome_client: TestClient[Any, Any]
) -> None:
    for what in ("installs", "removes", "installs"):
        await deliver(welcome_client, happens(teams, "Edsger Dijkstra", what))
    assert len(said(teams)["Edsger Dijkstra"]) == 2


async def test_an_upgrade_is_remembered_and_not_greeted(
    teams: LocalTeams, welcome_client: TestClient[Any, Any]
) -> None:
    _, upgraded = happens(teams, "Barbara Liskov", "installs")
    await deliver(welcome_client, [upgraded | {"action": "add-upgrade"}])
    assert said(teams) == {}
    assert [c.user_id for c in Conversations().all()] == [teams.world.people[5].id]


async def test_who_wrote_before_is_not_greeted_later(
    teams: LocalTeams, welcome_client: TestClient[Any, Any]
) -> None:
    await deliver(welcome_client, happens(teams, "Ada Lovelace", "says", "", "hello"))
    await deliver(welcome_client, happens(teams, "Ada Lovelace", "installs"))
    assert said(teams) == {}


async def test_the_installer_is_looked_up(
    teams: LocalTeams, welcome_client: TestClient[Any, Any]
) -> None:
    """Teams names the installer by id only; in a channel the team's name can be missing too."""
    _, installed = happens(teams, "Edsger Dijkstra", "installs", "Finance")
    del installed["channelData"]["team"]["name"]
    await deliver(welcome_client, [installed])
    [text] = said(teams)["General"]
    assert text.startswith("Edsger Dijkstra added Contoso Notifier to this conversation. ")


async def test_an_installer_who_is_no_member_is_somebody(
    teams: LocalTeams, welcome_client: TestClient[Any, Any]
) -> None:
    await deliver(welcome_client, happens(teams, "Ada Lovelace", "installs", "Lunch"))
    assert said(teams)["Lunch"][0].startswith("Somebody added Contoso Notifier to ")


@pytest.mark.parametrize("word", ["stop", " Stop\n"])
async def test_stop_and_start(
    teams: LocalTeams, welcome_client: TestClient[Any, Any], word: str
) -> None:
    tenant_id, ada = teams.world.tenant_id, teams.world.people[0]
    for text, out in ((word, True), ("hello", True), ("start", False)):
        await deliver(welcome_client, happens(teams, ada.name, "says", "", text))
        chat = Conversations().person(tenant_id, ada.id)
        assert chat and chat.opted_out is out
    assert said(teams) == {ada.name: [ANSWERS["stop"], ANSWERS["start"]]}


async def test_nobody_stops_it_for_a_whole_group(
    teams: LocalTeams, welcome_client: TestClient[Any, Any]
) -> None:
    [activity] = happens(
        teams, "Ada Lovelace", "says", "Launch party", "<at>Contoso Notifier</at>stop"
    )
    await deliver(welcome_client, [activity | {"text": "stop"}])
    assert [c.opted_out for c in Conversations().all()] == [False]
    assert said(teams) == {}


async def test_a_message_without_text_is_only_remembered(
    teams: LocalTeams, welcome_client: TestClient[Any, Any]
) -> None:
    [activity] = happens(teams, "Ada Lovelace", "says", "", "a picture")
    del activity["text"]
    await deliver(welcome_client, [activity])
    assert said(teams) == {} and len(Conversations().all()) == 1


async def test_a_refused_greeting_is_printed_and_not_repeated(
    teams: LocalTeams, welcome_client: TestClient[Any, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    installed = happens(teams, "Dennis Ritchie", "installs")
    await deliver(welcome_client, installed + installed)
    assert said(teams) == {}
    assert capsys.readouterr().out.count("Not sent. Teams answered 403 MessageWritesBlocked") == 1


@pytest.mark.parametrize("where", ["", "Lunch", "Finance"])
@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 1, 0, 1)], ids=str)
async def test_remember_and_welcome_in_one_bot_greet_once(
    teams: LocalTeams, order: tuple[int, ...], where: str
) -> None:
    """Welcome derives from Remember, which has stored the place before Welcome sees an event."""
    lines: list[str] = []
    bot = Welcome(Conversations(), report=lines.append)
    async with TestClient(TestServer(messages_app(connect(), bot))) as client:
        events = happens(teams, "Edsger Dijkstra", "installs", where)
        await deliver(client, [events[number] for number in order])
    assert [len(texts) for texts in said(teams).values()] == [1]
    assert lines and all(line.startswith("remembered ") for line in lines)


async def test_a_bot_that_remembered_before_it_welcomed_greets_at_the_next_installation(
    teams: LocalTeams, welcome_client: TestClient[Any, Any]
) -> None:
    installed = happens(teams, "Edsger Dijkstra", "installs")
    Conversations().remember(Activity().deserialize(installed[0]))
    await deliver(welcome_client, installed)
    assert len(said(teams)["Edsger Dijkstra"]) == 1
