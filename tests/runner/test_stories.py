"""Bots run, are called, killed and waited for."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pytest

from samples.local_teams.testing import LocalTeams
from samples.runner import running, stories
from samples.runner.registry import ROOT, find, samples
from samples.runner.running import environment
from samples.runner.stories import Story, play, read_story


def told(teams: LocalTeams, folder: Path, *steps: dict[str, object], bot: str = "remember") -> str:
    said = io.StringIO()
    variables = environment(teams.world, teams.service_url, str(folder))
    play(teams, Story(bot, True, steps=list(steps)), variables, say=said)
    return said.getvalue()


def test_a_story_runs_a_bot_and_shows_what_it_prints(
    teams: LocalTeams, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By Python's own start, as `make run` does it; in the other tests bots are forked."""
    monkeypatch.setattr(stories, "subprocess", subprocess)
    installs = {"who": "Barbara Liskov", "does": "installs"}
    assert told(teams, tmp_path, installs, {"restart": True}, installs) == (
        "conversations known: 0\nremembered personal\nconversations known: 1\n"
    )
    assert teams.world.people[5].installed


def test_a_bot_that_ends_is_named(teams: LocalTeams, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"to_person ended with status 0\."):
        told(teams, tmp_path, bot="to_person")


def test_a_bot_that_does_not_listen_is_named(
    teams: LocalTeams, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stories, "PATIENCE", 0.0)
    with pytest.raises(SystemExit, match=r"remember does not listen at port \d+ \(PORT\)\."):
        told(teams, tmp_path)


def test_an_answer_that_is_not_expected_is_named(teams: LocalTeams, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"remember answered 404 to POST /api/notify\."):
        told(teams, tmp_path, {"call": "/api/notify", "json": {}})
    told(teams, tmp_path, {"call": "/api/notify", "expect": 404})


def test_a_bot_that_keeps_silent_is_named(
    teams: LocalTeams, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(teams, tmp_path, {"wait": 0})
    real = stories._until_patience_ends
    calls = iter([real, lambda: iter(())])
    monkeypatch.setattr(stories, "_until_patience_ends", lambda: next(calls)())
    with pytest.raises(SystemExit, match=r"remember said 0 of 1 things in time\."):
        told(teams, tmp_path, {"wait": 1})


def test_a_bot_that_answers_later_is_waited_for(
    teams: LocalTeams, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = iter([0, 0, 1])
    monkeypatch.setattr(stories, "_said_by_bot", lambda _: next(said))
    told(teams, tmp_path, {"wait": 1})
    assert list(said) == []


def test_every_story_belongs_to_a_sample_and_can_be_read() -> None:
    stories_found = list((ROOT / "samples").rglob("*.story.toml"))
    assert stories_found
    for path in stories_found:
        sample = find(path.name.removesuffix(".story.toml"))
        story = read_story(sample)
        assert sample.story == path and story.bot in samples() and story.steps
    assert read_story(find("to_person")) == Story()


def test_a_failing_story_is_a_complaint(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = Story("remember", True, steps=[{"call": "/api/nothing"}])
    monkeypatch.setattr(running, "read_story", lambda _: silent)
    done = running.run("remember")
    assert done.complaint == "remember answered 404 to POST /api/nothing."
