"""Recordings: the same bytes each time, and as the pages show them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from samples.runner import registry
from samples.runner.recording import record_all, recording
from samples.runner.registry import find, samples
from tests.support.talking import looks_at, story


@pytest.mark.parametrize("sample", [pytest.param(name, marks=looks_at(name)) for name in samples()])
def test_the_page_shows_what_a_run_does_today(sample: str) -> None:
    """When this fails the sample or Local Teams changed: `make record`, and read the diff."""
    assert recording(story(sample)) == find(sample).recording.read_text("utf-8")


def test_there_is_one_recording_a_sample() -> None:
    folder = find("to_person").recording.parent
    found = {path for sdk in registry.FOLDERS for path in (folder / sdk).glob("*.json")}
    assert found == {sample.recording for sample in registry.everything()}


def test_record_writes_every_sample_and_removes_recordings_of_those_that_are_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only = [find("to_person")]
    monkeypatch.setattr(registry, "everything", lambda: only)
    (tmp_path / "old.json").write_text('{"sample": "old"}', "utf-8")
    successors = tmp_path / "teams_sdk"
    successors.mkdir()
    (successors / "old.json").write_text('{"sample": "teams_sdk/old"}', "utf-8")
    progress = io.StringIO()
    record_all(tmp_path, show=progress)
    assert [path.name for path in tmp_path.rglob("*.json")] == ["to_person.json"]
    assert progress.getvalue() == "recording to_person (1 of 1)\n"


def test_record_leaves_other_json_files_alone(tmp_path: Path) -> None:
    """Whoever records into a folder of a project keeps its package.json."""
    others = {"package.json": '{"name": "mine"}', "list.json": "[1]", "broken.json": "{"}
    for name, text in others.items():
        (tmp_path / name).write_text(text, "utf-8")
    record_all(tmp_path, ["to_person"], show=io.StringIO())
    assert {path.name for path in tmp_path.iterdir()} == {*others, "to_person.json"}
    assert {name: (tmp_path / name).read_text("utf-8") for name in others} == others
