"""The team has the app and the first post, or the reader knows why."""

from __future__ import annotations

import pytest

from samples.local_teams.model.faults import Fault
from samples.local_teams.testing import LocalTeams
from samples.prepare.install_in_team import install_in_team
from samples.runner.running import start
from samples.shared.graph import connect_graph

pytestmark = pytest.mark.usefixtures("environ")


def test_a_team_without_the_app_gets_it_and_a_post(
    teams: LocalTeams, capsys: pytest.CaptureFixture[str]
) -> None:
    start("install_in_team")
    engineering, finance = teams.world.teams
    assert finance.installed
    [post] = finance.channels[0].messages
    assert post["text"].startswith("This app posts here when the month is closed.")
    assert not engineering.channels[0].messages
    result = f"Installed and posted. Keep this channel id: {finance.id}\n"
    assert capsys.readouterr().out == result
    start("install_in_team")  # that it is there already is no error
    assert len(finance.channels[0].messages) == 2


@pytest.mark.parametrize(
    ("team_id", "refusal"),
    [
        ("19:engineering@thread.tacv2", "must be an Entra object ID"),  # what bots know a team by
        ("00000000-0000-4000-8000-000000000000", "404 NotFound"),
    ],
)
def test_an_id_of_no_team_is_refused(
    teams: LocalTeams, monkeypatch: pytest.MonkeyPatch, team_id: str, refusal: str
) -> None:
    monkeypatch.setenv("TEAMS_TEAM_OBJECT_ID", team_id)
    with pytest.raises(SystemExit, match=refusal):
        start("install_in_team")
    assert not teams.world.teams[1].installed


def test_a_post_that_is_refused_is_told(teams: LocalTeams) -> None:
    teams.world.faults = [Fault(status=403, code="BotDisabledByAdmin", path="/v3/")]
    with pytest.raises(SystemExit, match="403 BotDisabledByAdmin"):
        start("install_in_team")
    assert teams.world.teams[1].installed


async def test_the_general_channel_is_what_the_bot_posts_to(teams: LocalTeams) -> None:
    finance, app = teams.world.teams[1], teams.world.catalog[0]
    async with connect_graph() as graph:
        channel_id = await install_in_team(graph, team_id=finance.aad_group_id, app_id=app.id)
    assert channel_id == finance.id
