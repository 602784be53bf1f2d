"""What no story of the successors' samples comes to: long rosters, refusals, unset variables."""

from __future__ import annotations

import asyncio
import inspect
import runpy
from importlib import import_module
from typing import Any

import pytest
from aiohttp import web
from requests.exceptions import ConnectionError as NoConnection

from samples.agents_sdk import bot as agents_sdk
from samples.local_teams.testing import LocalTeams
from samples.shared import serving
from samples.shared.failing import Failure
from tests.support.successors import QUIET

pytestmark = QUIET
BOTH = pytest.mark.parametrize("sdk", ["agents_sdk", "teams_sdk"])


def module(name: str) -> Any:
    return import_module(f"samples.{name}")


@BOTH
async def test_a_roster_is_read_page_by_page(
    sdk: str, teams: LocalTeams, environ: dict[str, str]
) -> None:
    team = teams.world.teams[0]
    for number in range(60):
        team.channels[0].members.append(teams.world.add_person(f"Engineer {number}"))
    bot = module(f"{sdk}.bot").connect()
    where = {"service_url": teams.service_url} if sdk == "agents_sdk" else {}
    members_of = module(f"{sdk}.message_members").members_of
    members = await members_of(bot, **where, team_id=team.id, page_size=50)
    assert [one.name for one in members] == [one.name for one in team.channels[0].members]
    assert len(teams.wire) == 2


@BOTH
async def test_without_a_roster_nobody_gets_it(
    sdk: str, teams: LocalTeams, environ: dict[str, str]
) -> None:
    teams.world.teams[0].installed = False
    with pytest.raises(SystemExit, match=r"Not sent\. Teams answered 403"):
        await module(f"{sdk}.message_members").main()
    assert [one.response.status for one in teams.wire] == [403]


@BOTH
async def test_who_blocked_the_bot_does_not_keep_it_from_the_others_in_a_successor(
    sdk: str, teams: LocalTeams, environ: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    members = teams.world.teams[0].channels[0].members
    members[0].blocked = True
    await module(f"{sdk}.message_members").main()
    assert f"{members[0].name}: Not sent. Teams answered 403" in capsys.readouterr().out


@pytest.mark.parametrize(
    "name", ["agents_sdk.remember", "teams_sdk.remember", "teams_sdk.notifier"]
)
def test_its_program_serves_the_bot(
    name: str,
    environ: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    served: list[str] = []

    async def routes(made: Any) -> None:
        app: web.Application = await made if inspect.isawaitable(made) else made
        served.extend(one.canonical for one in app.router.resources())

    monkeypatch.setenv("NOTIFY_TOKEN", "made-up-for-this-test-and-used-nowhere-else")
    monkeypatch.setattr(serving, "serve", lambda made: asyncio.run(routes(made)))
    runpy.run_path(str(module(name).__file__), run_name="__main__")
    assert "/api/messages" in served
    assert ("/api/notify" in served) is name.endswith("notifier")
    assert ("conversations known: 0" in capsys.readouterr().out) is name.endswith("remember")


def test_teams_sdk_demands_an_app_id_outside_this_machine(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEAMS_SERVICE_URL", "https://smba.trafficmanager.net/teams/")
    with pytest.raises(SystemExit, match="MicrosoftAppId"):
        module("teams_sdk.bot").connect()


def test_teams_sdk_sends_nothing_when_sign_in_cannot_be_reached() -> None:
    error = NoConnection("no network")
    assert isinstance(error, module("teams_sdk.failure").SEND_ERRORS)
    failure = Failure.of(error)
    assert (failure.code, failure.maybe_arrived) == ("Unreachable", False)


def test_agents_sdk_has_no_credential_for_azure(environ: dict[str, str]) -> None:
    connection = agents_sdk.connect().app.connection_manager.get_default_connection()
    assert connection.configuration.ANONYMOUS_ALLOWED
    with pytest.raises(NotImplementedError, match="the bot needs none"):
        connection.get_token_credential()


async def test_teams_sdk_serves_with_aiohttp_only() -> None:
    with pytest.raises(NotImplementedError, match="Serve `app`"):
        await module("teams_sdk.endpoint").Server().start(3978)
