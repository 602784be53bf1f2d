"""`make check` finds what is wrong with one sample."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from samples.runner.registry import everything, find
from tests.support import check


@pytest.mark.parametrize("sample", everything(), ids=lambda sample: str(sample.name))
def test_every_listing_of_a_sample_fits_its_file(sample: object) -> None:
    assert check.pages(sample) == ""


def test_a_listing_that_fits_no_line_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "docs" / "page.md"
    page.parent.mkdir()
    page.write_text('{{ sample("send/to_person.py", first="no such line") | indent }}\n', "utf-8")
    monkeypatch.setattr(check, "ROOT", tmp_path)
    assert "docs/page.md: {{ sample(" in (error_text := check.pages(find("to_person")))
    assert "samples/send/to_person.py has no line with 'no such line'" in error_text
    assert check.pages(find("to_channel")) == "No page shows samples/send/to_channel.py."


def test_style_that_make_lint_would_refuse_is_shown(tmp_path: Path) -> None:
    start = tmp_path / "samples" / "send" / "bad.py"
    start.parent.mkdir(parents=True)
    start.write_text("import os\nx = {  }\n", "utf-8")
    bad = replace(find("to_person"), start=start, stem="bad", root=tmp_path)
    assert "F401" in check.style(bad)
    assert "-x = {  }" in check.style(bad)


def test_a_recording_that_differs_is_named(tmp_path: Path) -> None:
    sample = find("to_person")
    other = replace(sample, root=tmp_path, start=tmp_path / "samples" / sample.path)
    assert "is missing: python -m samples record docs/recorded to_person" in check.recorded(other)
    other.recording.parent.mkdir(parents=True)
    other.recording.write_text("{}", "utf-8")
    assert "A run differs from" in check.recorded(other)
    assert check.recorded(sample) == check.recorded(find("agents_sdk/to_group_chat")) == ""


def test_each_check_is_reported_and_one_failure_is_enough(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    checks = (("style", lambda _: ""), ("tests", lambda _: "1 failed"))
    monkeypatch.setattr(check, "CHECKS", checks)
    assert check.main("to_person") == 1
    lines = capsys.readouterr().out.splitlines()
    found = [" ".join(line.split()[:2]) for line in lines]
    assert found == ["style ok", "tests failed", "1 failed"]
    assert check.main("nobody") == 2
    assert "There is no sample 'nobody'" in capsys.readouterr().err


@pytest.mark.prove
def test_failing_tests_are_shown(tmp_path: Path) -> None:
    sample = replace(find("to_person"), root=tmp_path)
    mirrored = tmp_path / "tests" / "send" / "test_to_person.py"
    mirrored.parent.mkdir(parents=True)
    mirrored.write_text("def test_it():\n    assert not 'broken'\n", "utf-8")
    sample = replace(sample, start=tmp_path / "samples" / "send" / "to_person.py")
    assert "1 failed" in check.tests(sample)
    mirrored.write_text("def test_it():\n    pass\n", "utf-8")
    assert check.tests(sample) == ""
