"""Stories are read, and each belongs to a sample."""

from __future__ import annotations

import pytest

from samples.runner import running
from samples.runner.files import SAMPLES, STORY
from samples.runner.registry import everything, find
from samples.runner.stories import Story, read_story


def test_every_story_belongs_to_a_sample_and_can_be_read() -> None:
    stories_found = list(SAMPLES.rglob(f"*{STORY}"))
    assert stories_found
    for path in stories_found:
        sample = next(one for one in everything() if one.story == path)
        story = read_story(sample)
        assert find(story.bot) and story.steps
    assert read_story(find("to_person")) == Story()


def test_a_failing_story_is_a_complaint(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = Story("remember", True, steps=[{"call": "/api/nothing"}])
    monkeypatch.setattr(running, "read_story", lambda _: silent)
    done = running.run("remember")
    assert done.complaint == "remember answered 404 to POST /api/nothing."
