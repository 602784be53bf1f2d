"""Stories are read, and each belongs to a sample."""

from __future__ import annotations

import pytest

from samples.runner import running
from samples.runner.files import SAMPLES, STORY
from samples.runner.registry import find, samples
from samples.runner.stories import Story, read_story


def test_every_story_belongs_to_a_sample_and_can_be_read() -> None:
    stories_found = list(SAMPLES.rglob(f"*{STORY}"))
    assert stories_found
    for path in stories_found:
        sample = find(path.name.removesuffix(STORY))
        story = read_story(sample)
        assert sample.story == path and story.bot in samples() and story.steps
    assert read_story(find("to_person")) == Story()


def test_a_failing_story_is_a_complaint(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = Story("remember", True, steps=[{"call": "/api/nothing"}])
    monkeypatch.setattr(running, "read_story", lambda _: silent)
    done = running.run("remember")
    assert done.complaint == "remember answered 404 to POST /api/nothing."
