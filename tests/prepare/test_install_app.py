"""The app is there afterwards, the person gets the message, or says why."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web

from samples.local_teams.model.people import Person
from samples.local_teams.testing import LocalTeams
from samples.prepare.install_app import chat_with, install
from samples.runner.running import run, start
from samples.shared.graph import connect_graph

pytestmark = pytest.mark.usefixtures("environ")
TEXT = "IT gave you this app, so that it can tell you when a report of yours is ready."


def texts(teams: LocalTeams, person: Person) -> list[str]:
    return [message["text"] for message in teams.world.personal_chat(person).messages]


def barbara_of(teams: LocalTeams) -> Person:
    return next(p for p in teams.world.people if p.name == "Barbara Liskov")


def test_somebody_without_the_app_gets_it_and_the_message(
    teams: LocalTeams, capsys: pytest.CaptureFixture[str]
) -> None:
    start("install_app")
    barbara = barbara_of(teams)
    assert barbara.installed and texts(teams, barbara) == [TEXT]
    chat_id = teams.world.graph_chat_id(teams.world.personal_chat(barbara))
    assert capsys.readouterr().out == (f"Installed.\nSent. Keep this conversation id: {chat_id}\n")


def test_that_it_is_there_already_is_no_error(
    teams: LocalTeams, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ada = teams.world.people[0]
    monkeypatch.setenv("TEAMS_USER_OBJECT_ID", ada.aad_object_id)
    start("install_app")
    assert texts(teams, ada) == [TEXT]
    assert capsys.readouterr().out.startswith("It was installed already.\nSent.")


def test_the_bot_hears_of_the_installation(teams: LocalTeams) -> None:
    """As when Barbara had installed it herself: a bot that stores conversations has hers."""
    heard: list[dict[str, Any]] = []

    async def bot(request: web.Request) -> web.Response:
        heard.append(await request.json())
        return web.Response()

    teams.connect(bot)
    start("install_app")
    teams.person("Barbara").says("thanks")  # which waits until the bot has heard all
    types = [activity["type"] for activity in heard]
    assert types == ["conversationUpdate", "installationUpdate", "message"]
    chat_id = teams.world.personal_chat(barbara_of(teams)).id
    assert {activity["conversation"]["id"] for activity in heard} == {chat_id}


def test_run_installs_for_whom_you_name() -> None:
    done = run("install_app", user="Grace Hopper")
    assert [chat.name for chat, _ in done.arrived] == ["Grace Hopper"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("no consent", "403 Forbidden: Missing role permissions"),
        ("no consent", "have an administrator grant consent"),
        ("policy", "403 Forbidden: App is blocked by app permission policy"),
        ("not published", "no app with the manifest id"),
        ("nobody", "404 NotFound"),
    ],
)
def test_a_refusal_is_told_and_nothing_is_sent(
    teams: LocalTeams, monkeypatch: pytest.MonkeyPatch, change: str, expected: str
) -> None:
    world, barbara = teams.world, barbara_of(teams)
    match change:
        case "no consent":
            world.granted -= {"TeamsAppInstallation.ReadWriteSelfForUser.All"}
        case "policy":
            world.catalog[0].blocked = {barbara.aad_object_id}
        case "not published":
            world.catalog.clear()
        case "nobody":
            monkeypatch.setenv("TEAMS_USER_OBJECT_ID", "7f0fb1c6-0000-4000-8000-000000000000")
    with pytest.raises(SystemExit, match=expected):
        start("install_app")
    assert texts(teams, barbara) == [] and not barbara.installed


async def test_a_chat_is_only_with_those_who_have_the_app(teams: LocalTeams) -> None:
    barbara, app = barbara_of(teams), teams.world.catalog[0]
    async with connect_graph() as graph:
        with pytest.raises(LookupError, match=f"not installed for {barbara.aad_object_id}"):
            await chat_with(graph, user_id=barbara.aad_object_id, app_id=app.id)
        assert await install(graph, f"/users/{barbara.email}/teamwork", app_id=app.id)
        assert not await install(graph, f"/users/{barbara.email}/teamwork", app_id=app.id)
        assert await chat_with(graph, user_id=barbara.email, app_id=app.id)


def test_somebody_who_blocked_the_bot_has_the_app_but_gets_nothing(
    teams: LocalTeams, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dennis = teams.world.people[6]
    monkeypatch.setenv("TEAMS_USER_OBJECT_ID", dennis.aad_object_id)
    with pytest.raises(SystemExit, match="403 MessageWritesBlocked"):
        start("install_app")
    assert capsys.readouterr().out == "It was installed already.\n"
