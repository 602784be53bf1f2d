"""Bots start, are called, killed and waited for."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pytest

from samples.local_teams.testing import LocalTeams
from samples.runner import bot_process
from samples.runner.environment import environment
from samples.runner.playing import play
from samples.runner.stories import Story


def played(
    teams: LocalTeams, folder: Path, *steps: dict[str, object], bot: str = "remember"
) -> str:
    output = io.StringIO()
    variables = environment(teams.world, teams.service_url, str(folder))
    play(teams, Story(bot, True, steps=list(steps)), variables, say=output)
    return output.getvalue()


@pytest.mark.prove
def test_a_story_runs_a_bot_and_shows_what_it_prints(
    teams: LocalTeams, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By Python's own start, as `make run` does it; in the other tests bots are forked."""
    monkeypatch.setattr(bot_process, "subprocess", subprocess)
    installs = {"who": "Barbara Liskov", "does": "installs"}
    assert played(teams, tmp_path, installs, {"restart": True}, installs) == (
        "conversations known: 0\nremembered personal\nconversations known: 1\n"
    )
    assert teams.world.people[5].installed


def test_a_bot_that_ends_is_named(teams: LocalTeams, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"to_person ended with status 0\."):
        played(teams, tmp_path, bot="to_person")


def test_a_bot_that_does_not_listen_is_named(
    teams: LocalTeams, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot_process, "PATIENCE", 0.0)
    with pytest.raises(SystemExit, match=r"remember does not listen at port \d+ \(PORT\)\."):
        played(teams, tmp_path)


def test_an_answer_that_is_not_expected_is_named(teams: LocalTeams, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"remember answered 404 to POST /api/notify\."):
        played(teams, tmp_path, {"call": "/api/notify", "json": {}})
    played(teams, tmp_path, {"call": "/api/notify", "expect": 404})


def test_a_bot_that_keeps_silent_is_named(
    teams: LocalTeams, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    played(teams, tmp_path, {"wait": 0})
    real = bot_process._until_patience_ends
    calls = iter([real, lambda: iter(())])
    monkeypatch.setattr(bot_process, "_until_patience_ends", lambda: next(calls)())
    with pytest.raises(SystemExit, match=r"remember said 0 of 1 things in time\."):
        played(teams, tmp_path, {"wait": 1})


def test_a_bot_that_answers_later_is_waited_for(
    teams: LocalTeams, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = iter([0, 0, 1])
    monkeypatch.setattr(bot_process, "said_by_bot", lambda _: next(said))
    played(teams, tmp_path, {"wait": 1})
    assert list(said) == []
