"""Who gets the message, who does not, and what is said of both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botbuilder.core import TurnContext
from botbuilder.core.teams import TeamsInfo
from botbuilder.schema import ChannelAccount, ConversationAccount, ConversationReference
from msrest.exceptions import HttpOperationError

from samples.local_teams.model.contoso import contoso
from samples.local_teams.model.faults import Fault
from samples.local_teams.model.world import World
from samples.local_teams.services.connector.routes import ROUTES
from samples.local_teams.testing import LocalTeams
from samples.prepare.message_members import members_of, message_members
from samples.runner.environment import environment
from samples.runner.recording import ticking
from samples.runner.running import start
from samples.shared.bot import connect
from samples.shared.failure import Failure
from tests.support.talking import looks_at, story

pytestmark = pytest.mark.usefixtures("no_waiting")

MANY = 130  # with the four of Engineering: three pages of 50


@pytest.fixture
def large_world() -> World:
    """Contoso, where Engineering has many members: one in ten has no personal install."""
    large_world = contoso(clock=ticking())
    for number in range(MANY):
        person = large_world.add_person(f"Engineer {number:03}", installed=number % 10 != 0)
        for channel in large_world.teams[0].channels:
            channel.members.append(person)
    return large_world


@pytest.fixture
def large_teams(large_world: World) -> Iterator[LocalTeams]:
    with LocalTeams(large_world) as running:
        yield running


@pytest.fixture(autouse=True)
def large_environ(large_teams: LocalTeams, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in environment(
        large_teams.world, large_teams.service_url, str(tmp_path)
    ).items():
        monkeypatch.setenv(name, value)


def got_it(large_world: World) -> list[str]:
    """Who has the message, by name; somebody who has it twice stands there twice."""
    return sorted(
        chat.name
        for chat in large_world.personal_chats.values()
        for message in chat.messages
        if message["from"]["id"] == large_world.bot_id
    )


def pages(large_teams: LocalTeams) -> list[str]:
    return [
        exchange.request.path.partition("pagedmembers?")[2]
        for exchange in large_teams.wire
        if "pagedmembers" in exchange.request.path
    ]


async def roster(large_teams: LocalTeams, page_size: int = 50) -> list[Any]:
    return await members_of(
        connect(),
        service_url=large_teams.service_url,
        team_id=large_teams.world.teams[0].id,
        page_size=page_size,
    )


async def send(large_teams: LocalTeams, members: list[Any]) -> list[tuple[str, Failure | None]]:
    return [
        (member.name, failure)
        async for member, failure in message_members(
            connect(),
            service_url=large_teams.service_url,
            tenant_id=large_teams.world.tenant_id,
            members=members,
            text="Hello",
        )
    ]


async def test_everybody_on_every_page_gets_it_once(large_teams: LocalTeams) -> None:
    large_world = large_teams.world
    result = await send(large_teams, await roster(large_teams))
    assert pages(large_teams) == [
        "pageSize=50",
        "pageSize=50&continuationToken=50",
        "pageSize=50&continuationToken=100",
    ]
    everybody = sorted(person.name for person in large_world.teams[0].channels[0].members)
    assert len(everybody) == MANY + 4
    assert got_it(large_world) == everybody
    assert sorted(name for name, failure in result if failure is None) == everybody
    assert large_world.teams[0].channels[0].messages == []  # and nothing is said in the team itself


async def test_who_blocked_the_bot_does_not_keep_it_from_the_others(
    large_teams: LocalTeams,
) -> None:
    members = large_teams.world.teams[0].channels[0].members
    blocked = [members[0], members[70]]
    for person in blocked:
        person.blocked = True
    result = dict(await send(large_teams, await roster(large_teams)))
    without = {name: failure.code for name, failure in result.items() if failure}
    assert without == {person.name: "MessageWritesBlocked" for person in blocked}
    assert len(got_it(large_teams.world)) == MANY + 2


async def test_who_leaves_meanwhile_does_not_either(large_teams: LocalTeams) -> None:
    """Engineer 000 has no install of their own: out of the team, out of reach."""
    large_world = large_teams.world
    members = await roster(large_teams)
    gone = next(person for person in large_world.people if person.name == "Engineer 000")
    large_world.teams[0].channels[0].members.remove(gone)
    result = dict(await send(large_teams, members))
    left = result.pop("Engineer 000")
    assert left and (left.status, left.code) == (403, "ForbiddenOperationException")
    assert set(result.values()) == {None} and len(result) == MANY + 3
    assert "Engineer 000" not in got_it(large_world)


async def test_a_page_that_repeats_somebody_or_is_empty(
    large_teams: LocalTeams, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK's own words: a page may rarely return members of the one before, or none."""
    everybody = [
        {"id": person.id, "name": person.name}
        for person in large_teams.world.teams[0].channels[0].members
    ]

    def odd(_: World, query: dict[str, str], __: str) -> tuple[int, Any]:
        return {
            None: (200, {"members": everybody[:3], "continuationToken": "2"}),
            "2": (200, {"continuationToken": "3"}),
            "3": (200, {"members": everybody[1:4]}),
        }[query.get("continuationtoken")]

    monkeypatch.setitem(ROUTES, "conversations/*/pagedmembers", {"GET": (odd, "")})
    assert [member.name for member in await roster(large_teams)] == [
        m["name"] for m in everybody[:4]
    ]


async def test_the_call_that_the_comment_warns_of_fails(large_teams: LocalTeams) -> None:
    reference = ConversationReference(
        channel_id="msteams",
        service_url=large_teams.service_url,
        bot=ChannelAccount(id=large_teams.world.bot_id),
        conversation=ConversationAccount(id=large_teams.world.teams[0].id),
    )

    async def on_turn(turn: TurnContext) -> None:
        await TeamsInfo.get_paged_members(turn)

    with pytest.raises(TypeError, match="must be a mapping, not NoneType"):
        await connect().adapter.continue_conversation(reference, on_turn, "")


async def test_a_team_without_the_app_shows_its_members_to_nobody(large_teams: LocalTeams) -> None:
    with pytest.raises(HttpOperationError) as refused:
        await members_of(
            connect(), service_url=large_teams.service_url, team_id=large_teams.world.teams[1].id
        )
    assert Failure.of(refused.value).code == "BotNotInConversationRoster"


async def test_in_bad_weather_nobody_gets_it_twice_and_one_may_not_have_it(
    large_teams: LocalTeams,
) -> None:
    """A chat is opened again, and a roster read again, whatever came; a message is not."""
    large_teams.world.faults += [
        Fault(status=503, path="pagedmembers"),
        Fault(status=502, path="/v3/conversations", after=True),
        Fault(drop=True, after=True, path="/activities"),
    ]
    members = (await roster(large_teams))[:3]
    result = dict(await send(large_teams, members))
    assert [failure and failure.code for failure in result.values()] == ["AnswerLost", None, None]
    assert got_it(large_teams.world) == sorted(member.name for member in members)


# -- the program -----------------------------------------------------------------------------------


@looks_at("message_members")
def test_the_program_tells_of_each_member_and_the_sum() -> None:
    done = story("message_members")
    large_world = done.world
    everybody = ["Ada Lovelace", "Alan Turing", "Barbara Liskov", "Grace Hopper"]
    assert got_it(large_world) == [*everybody, "Katherine Johnson"]
    assert done.complaint == ""
    assert "Barbara Liskov: Sent.\n" in done.printed
    assert "Dennis Ritchie: Not sent. Teams answered 403 MessageWritesBlocked" in done.printed
    assert done.printed.endswith("\n5 of 6 members got it.\n")


def test_the_largest_page_holds_everybody(
    large_teams: LocalTeams, capsys: pytest.CaptureFixture[str]
) -> None:
    start("message_members")
    assert pages(large_teams) == ["pageSize=500"]
    assert capsys.readouterr().out.endswith(f"\n{MANY + 4} of {MANY + 4} members got it.\n")


@pytest.mark.parametrize(
    ("team", "expected"),
    [
        ("Finance", "Not sent. Teams answered 403 BotNotInConversationRoster"),
        ("nobody's", "Not sent. Teams answered 404 ConversationNotFound"),
    ],
)
def test_a_team_that_the_bot_is_not_in(
    large_teams: LocalTeams, monkeypatch: pytest.MonkeyPatch, team: str, expected: str
) -> None:
    finance = large_teams.world.teams[1].id
    monkeypatch.setenv("TEAMS_TEAM_ID", finance if team == "Finance" else "19:x@thread.tacv2")
    with pytest.raises(SystemExit, match=expected):
        start("message_members")
    assert got_it(large_teams.world) == []


def test_another_tenants_id_reaches_nobody(
    large_teams: LocalTeams, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TEAMS_TENANT_ID", "7f0fb1c6-0000-4000-8000-000000000000")
    start("message_members")
    printed = capsys.readouterr().out
    assert printed.count("400 BadSyntax: Could not parse tenant id") == MANY + 4
    assert printed.endswith(f"\n0 of {MANY + 4} members got it.\n")


def test_nothing_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    with LocalTeams() as gone:
        url = gone.service_url
    monkeypatch.setenv("TEAMS_SERVICE_URL", url)
    with pytest.raises(SystemExit, match=r"Not sent\.(.|\n)*Check TEAMS_SERVICE_URL"):
        start("message_members")
