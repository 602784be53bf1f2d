"""Who gets the digest at which moment, and who does not."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from samples.local_teams.testing import LocalTeams
from samples.runner.playing import play
from samples.runner.running import start
from samples.runner.stories import Story
from samples.shared.conversations import Conversation, Conversations
from samples.well.digest import OFFICE, due
from tests.support.digesting import MONDAY_NINE, Run, got, meet
from tests.support.talking import looks_at, story

pytestmark = pytest.mark.usefixtures("no_waiting")


@looks_at("digest")
def test_the_story_of_the_page() -> None:
    """Ada gets it; Alan said stop, it is night where Grace is, and Dennis blocked the bot."""
    done = story("digest")
    world = done.world
    assert done.complaint == ""
    refused, _, count = done.printed.splitlines()
    assert refused.startswith("Dennis Ritchie: Not sent. Teams answered 403 MessageWritesBlocked")
    assert count == "1 sent, 1 forgotten, 0 not sent"
    assert got(world, "Ada Lovelace") == ["Monday 5 January"]
    assert got(world, "Alan Turing") == [
        "I will not write unasked any more. Write start to change that."
    ]
    assert got(world, "Grace Hopper") == got(world, "Dennis Ritchie") == []


def test_the_message_says_why_it_comes_and_how_to_stop_it(teams: LocalTeams, run_at: Run) -> None:
    meet(teams, "Ada Lovelace")
    run_at(MONDAY_NINE)
    text = teams.world.personal_chat(teams.world.people[0]).messages[-1]["text"]
    assert "at nine on working days because you have this app" in text
    assert text.endswith("Send stop to get no more of these.")


def test_everyone_at_nine_by_their_own_clock(teams: LocalTeams, run_at: Run) -> None:
    """Hourly runs, from Sunday noon to Tuesday noon in UTC."""
    hours = {
        "Edsger Dijkstra": 8,  # Amsterdam
        "Ada Lovelace": 9,  # London
        "Grace Hopper": 14,  # New York
        "Katherine Johnson": 17,  # Los Angeles
    }
    meet(teams, *hours)
    result: dict[str, list[int]] = {}
    for hour in range(-12, 36):
        moment = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(hours=hour)
        before = {name: len(got(teams.world, name)) for name in hours}
        run_at(moment.isoformat())
        for name in hours:
            if len(got(teams.world, name)) > before[name]:
                result.setdefault(name, []).append(hour)
    assert result["Edsger Dijkstra"] == [8, 32]
    assert result["Ada Lovelace"] == [9, 33]
    assert result["Grace Hopper"] == [14]
    assert result["Katherine Johnson"] == [17]
    assert got(teams.world, "Ada Lovelace") == ["Monday 5 January", "Tuesday 6 January"]


def test_the_day_is_the_persons_own(teams: LocalTeams, run_at: Run) -> None:
    """Monday nine o'clock in Auckland is still Sunday in UTC."""
    teams.world.add_person("Rózsa Péter", timezone="Pacific/Auckland")
    meet(teams, "Rózsa Péter")
    run_at("2026-01-04T20:00+00:00")
    assert got(teams.world, "Rózsa Péter") == ["Monday 5 January"]


@pytest.mark.parametrize("day", [3, 4])
def test_nobody_on_a_weekend(teams: LocalTeams, run_at: Run, day: int) -> None:
    meet(teams, "Ada Lovelace")
    assert run_at(f"2026-01-0{day}T09:00+00:00") == "0 sent, 0 forgotten, 0 not sent\n"
    assert got(teams.world, "Ada Lovelace") == []


def test_stop_and_start_are_honored(
    teams: LocalTeams, environ: dict[str, str], run_at: Run
) -> None:
    def say(*texts: str) -> None:
        steps = [{"who": "Ada Lovelace", "does": "says", "text": text} for text in texts]
        play(teams, Story("welcome", True, steps=steps), environ, say=io.StringIO())

    say("stop", "hello")  # who opted out stays so, whatever else they write
    assert run_at(MONDAY_NINE).startswith("0 sent")
    say("start")
    assert run_at(MONDAY_NINE).startswith("1 sent")


def test_groups_and_channels_get_none(teams: LocalTeams, run_at: Run) -> None:
    meet(teams, "Ada Lovelace", where="Launch party")
    meet(teams, "Ada Lovelace", where="Engineering/Releases")
    assert {c.kind for c in Conversations().all()} == {"groupChat", "channel"}
    assert run_at(MONDAY_NINE).startswith("0 sent")


# -- daylight saving -------------------------------------------------------------------------------


def person(zone: str | None) -> Conversation:
    return Conversation(tenant_id="t", id="a:1", kind="personal", timezone=zone)


@pytest.mark.parametrize(
    "zone",
    [
        "Europe/London",  # changes at 01:00 UTC
        pytest.param("America/New_York", marks=pytest.mark.prove),  # changes at 02:00 there
        "Australia/Lord_Howe",  # changes by half an hour
        pytest.param("Antarctica/Troll", marks=pytest.mark.prove),  # changes by two hours
        pytest.param("Africa/Cairo", marks=pytest.mark.prove),  # changes at midnight
        pytest.param("Asia/Kolkata", marks=pytest.mark.prove),  # is half an hour off the full hour
        pytest.param("Asia/Kathmandu", marks=pytest.mark.prove),  # is a quarter off
        pytest.param("Pacific/Kiritimati", marks=pytest.mark.prove),  # is 14 hours ahead
    ],
)
@pytest.mark.parametrize("minute", [0, 59])
def test_a_year_of_hourly_runs_finds_each_working_day_once(zone: str, minute: int) -> None:
    start_of_2026 = datetime(2025, 12, 31, 10, minute, tzinfo=UTC)
    hours = (start_of_2026 + timedelta(hours=n) for n in range(366 * 24))
    days = [day for now in hours if (day := due(person(zone), now=now))]
    whole_year = (date(2026, 1, 1) + timedelta(days=n) for n in range(365))
    working_days = [day for day in whole_year if day.weekday() < 5]
    assert [day for day in days if day.year == 2026] == working_days


@pytest.mark.prove
def test_no_zone_ever_skips_or_repeats_its_nine_oclock() -> None:
    """Clocks change at night: the hour from nine to ten happens once a day, everywhere."""
    for name in available_timezones():
        zone = ZoneInfo(name)
        for n in range(365):
            nine = datetime(2026, 1, 1, 9) + timedelta(days=n)
            for local in (nine, nine + timedelta(minutes=59)):
                first, second = (local.replace(fold=f, tzinfo=zone) for f in (0, 1))
                assert first.utcoffset() == second.utcoffset(), (name, local)


@pytest.mark.parametrize(
    ("name", "runs"),
    [
        # Friday before, and Monday after; the run at the old hour of the new week is too late.
        ("Ada Lovelace", ["2026-03-27T09:00", "2026-03-30T08:00", "2026-03-30T09:00"]),
        ("Ada Lovelace", ["2026-10-23T08:00", "2026-10-26T08:00", "2026-10-26T09:00"]),
        ("Grace Hopper", ["2026-03-06T14:00", "2026-03-09T13:00", "2026-03-09T14:00"]),
    ],
)
def test_over_a_change_of_clocks(
    teams: LocalTeams, run_at: Run, name: str, runs: list[str]
) -> None:
    meet(teams, name)
    for moment in runs:
        run_at(f"{moment}+00:00")
    days = [date.fromisoformat(moment[:10]) for moment in (runs[0], runs[2])]
    assert got(teams.world, name) == [f"{day:%A} {day.day} {day:%B}" for day in days]


@pytest.mark.parametrize("zone", [None, "Pacific Standard Time", "Europe", "../etc/passwd"])
def test_who_has_no_known_zone_gets_it_with_the_office(
    teams: LocalTeams, run_at: Run, zone: str | None
) -> None:
    ada = teams.world.people[0]
    ada.timezone = zone  # type: ignore[assignment]
    meet(teams, "Ada Lovelace")
    assert OFFICE == "Europe/London"
    run_at("2026-07-06T09:00+00:00")  # ten o'clock in London
    assert got(teams.world, "Ada Lovelace") == []
    run_at("2026-07-06T08:00+00:00")
    assert got(teams.world, "Ada Lovelace") == ["Monday 6 July"]


@pytest.mark.usefixtures("environ")
def test_without_digest_now_it_is_now(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DIGEST_NOW", raising=False)
    start("digest")
    assert capsys.readouterr().out == "0 sent, 0 forgotten, 0 not sent\n"


def test_a_moment_without_its_offset_is_refused(run_at: Run) -> None:
    with pytest.raises(SystemExit, match="DIGEST_NOW needs an offset, for example 2026-01-05"):
        run_at("2026-01-05T09:00")


def test_the_database_must_be_named(run_at: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONVERSATIONS_URL")
    with pytest.raises(SystemExit, match="CONVERSATIONS_URL is not set"):
        run_at(MONDAY_NINE)
