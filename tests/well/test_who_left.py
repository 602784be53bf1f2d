"""Who gets the notice, who is reported, and who is forgotten."""

from __future__ import annotations

import csv
import io

import pytest
from botbuilder.schema import Activity

from samples.local_teams.events.actions import UserAction, perform
from samples.local_teams.model.exchange import Refused
from samples.local_teams.model.faults import Fault
from samples.local_teams.services.connector import access
from samples.local_teams.testing import LocalTeams
from samples.runner.running import start
from samples.shared.bot import connect
from samples.shared.conversations import Conversations
from samples.well.who_left import notify_everyone
from tests.support.talking import looks_at, said, story

pytestmark = pytest.mark.usefixtures("environ", "no_waiting")

HEADER = ["name", "aad_object_id", "status", "code", "conversation"]


def remember(teams: LocalTeams, *names: str, where: str = "", text: str = "hello") -> None:
    """These people write to the bot, and it keeps the conversation."""
    for name in names:
        for activity in perform(
            teams.world, UserAction(name, "says", where, text), service_url=teams.service_url
        ):
            Conversations().remember(Activity().deserialize(activity))


def known() -> list[str]:
    return sorted(c.user_name or "" for c in Conversations().all("personal"))


def report(printed: str) -> list[list[str]]:
    header, *rows = csv.reader(io.StringIO(printed))
    assert header == HEADER
    return rows


@looks_at("who_left")
def test_the_story_those_who_blocked_are_reported_and_those_who_removed_are_known() -> None:
    done = story("who_left")
    world = done.world
    assert done.complaint == ""
    printed = done.printed[done.printed.index("name,") :]
    alan, dennis = (p for p in world.people if p.blocked)
    assert sorted(report(printed)) == [
        [alan.name, alan.aad_object_id, "403", "MessageWritesBlocked", "blocked"],
        [dennis.name, dennis.aad_object_id, "403", "MessageWritesBlocked", "blocked"],
    ]
    got = [c.name for c, messages in done.arrived if messages[-1]["from"]["id"] == world.bot_id]
    assert got == ["Ada Lovelace", "Grace Hopper"]


def test_one_refusal_keeps_nobody_else_from_the_notice(
    teams: LocalTeams, capsys: pytest.CaptureFixture[str]
) -> None:
    everyone = [p.name for p in teams.world.people if p.installed]
    remember(teams, *everyone)
    start("who_left")
    [[name, *_]] = report(capsys.readouterr().out)
    assert name == "Dennis Ritchie"
    assert sorted(said(teams)) == sorted({*everyone} - {"Dennis Ritchie"})
    start("who_left")  # who blocked the bot is not sent the next notice
    assert report(capsys.readouterr().out) == []
    remember(teams, "Dennis Ritchie")  # until they write again
    start("who_left")
    [[name, *_]] = report(capsys.readouterr().out)
    assert name == "Dennis Ritchie"


def test_who_opted_out_gets_nothing_and_is_kept(
    teams: LocalTeams, capsys: pytest.CaptureFixture[str]
) -> None:
    remember(teams, "Ada Lovelace", "Dennis Ritchie")
    for chat in Conversations().all():
        Conversations().opt_out(chat.tenant_id, chat.id)
    start("who_left")
    assert report(capsys.readouterr().out) == []
    assert said(teams) == {} and known() == ["Ada Lovelace", "Dennis Ritchie"]


def test_group_chats_and_channels_are_left_alone(teams: LocalTeams) -> None:
    hello = "<at>Contoso Notifier</at> hello"
    remember(teams, "Ada Lovelace", where="Launch party", text=hello)
    remember(teams, "Ada Lovelace", where="Engineering/Releases", text=hello)
    start("who_left")
    assert said(teams) == {}


def test_a_removal_that_the_bot_was_not_told_of(
    teams: LocalTeams, capsys: pytest.CaptureFixture[str]
) -> None:
    remember(teams, "Edsger Dijkstra")
    edsger = teams.world.people[4]
    edsger.installed = False  # the event got lost
    start("who_left")
    assert report(capsys.readouterr().out) == [
        [edsger.name, edsger.aad_object_id, "403", "BotNotInConversationRoster", "forgotten"]
    ]
    assert known() == []


@pytest.mark.parametrize(
    ("status", "code", "noted"),
    [
        (403, "ConversationBlockedByUser", "blocked"),
        (403, "BotNotInConversationRoster", "forgotten"),
        (403, "BotDisabledByAdmin", "kept"),
        (404, "ConversationNotFound", "kept"),
        (429, "Throttled", "kept"),
        (503, "", "kept"),
        (418, "NotInTheTable", "kept"),
    ],
)
def test_only_those_are_forgotten_whom_the_table_of_errors_gives_up(
    teams: LocalTeams,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    code: str,
    noted: str,
) -> None:
    class Row(Refused):
        def __init__(self) -> None:
            super().__init__(status, code)

    monkeypatch.setattr(access, "WritesBlocked", Row)
    remember(teams, "Dennis Ritchie")
    start("who_left")
    [[*_, told_status, told_code, told_noted]] = report(capsys.readouterr().out)
    assert (told_status, told_code, told_noted) == (str(status), code, noted)
    assert known() == ([] if noted == "forgotten" else ["Dennis Ritchie"])
    assert [c.blocked for c in Conversations().all()] == (
        [] if noted == "forgotten" else [noted == "blocked"]
    )


def test_when_nothing_answers_nobody_is_reported_or_forgotten(teams: LocalTeams) -> None:
    with LocalTeams(teams.world) as gone:
        url = gone.service_url
        remember(gone, "Ada Lovelace")
    assert Conversations().all()[0].service_url == url
    with pytest.raises(SystemExit, match=r"Not sent\.(.|\n)*Check TEAMS_SERVICE_URL"):
        start("who_left")
    assert known() == ["Ada Lovelace"]


def test_without_credentials_and_local_teams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEAMS_SERVICE_URL")
    with pytest.raises(SystemExit, match=r"MicrosoftAppId is not set\."):
        start("who_left")


def test_who_meets_bad_weather_gets_it_all_the_same(
    teams: LocalTeams, capsys: pytest.CaptureFixture[str], no_waiting: list[float]
) -> None:
    remember(teams, "Ada Lovelace", "Grace Hopper")
    teams.world.faults += [Fault(status=429, retry_after=7), Fault(status=502, after=True)]
    start("who_left")
    assert report(capsys.readouterr().out) == []
    assert 7 <= no_waiting[0] <= 8 and len(no_waiting) == 2
    assert sorted(map(len, said(teams).values())) == [1, 2]  # after a 502, twice before never


async def test_the_refused_come_with_their_chat(teams: LocalTeams) -> None:
    remember(teams, "Dennis Ritchie")
    [(chat, failure)] = await notify_everyone(connect(), Conversations(), text="News")
    assert chat.user_id == teams.world.people[6].id
    assert (failure.status, failure.code) == (403, "MessageWritesBlocked")
