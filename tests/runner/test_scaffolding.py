"""`make new`: what it lays, that its test fails for the right reason, and what it refuses."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from samples.runner import cli, scaffolding
from samples.runner.scaffolding import lay
from tests.support import ROOT
from tests.support.waiting import DEADLINE


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what a new sample touches and what checks it; what runs there is not measured."""
    for name in [one for one in os.environ if "COVERAGE" in one]:
        monkeypatch.delenv(name)
    return copied(tmp_path)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Such a copy for all tests in which nothing may be written."""
    return copied(tmp_path_factory.mktemp("untouched"))


def copied(folder: Path) -> Path:
    for name in ("samples", "tests/support", "docs"):
        ignored = shutil.ignore_patterns("assets", "notebooks", "recorded", "*.ipynb", "*.pyc")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in ("send", "prepare", "well"):
        (folder / "tests" / name).mkdir()
    (folder / "docs" / "recorded").mkdir()
    for name in ("mkdocs.yml", "pyproject.toml", "tests/__init__.py", "tests/conftest.py"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def files(tree: Path) -> dict[str, bytes]:
    """Every file, with its content."""
    return {
        path.relative_to(tree).as_posix(): path.read_bytes()
        for path in tree.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def check(tree: Path, name: str) -> str:
    """What `make check` prints there."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.check", name],
        cwd=tree,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    return done.stdout


def test_a_new_sample_is_whole_and_does_not_yet_do_what_its_test_says(tree: Path) -> None:
    before = files(tree)
    made = lay("prepare/find_team", root=tree)
    after = files(tree)
    assert {path.relative_to(tree).as_posix() for path in made} == {
        name for name, content in after.items() if before.get(name) != content
    }
    assert after.keys() - before.keys() == {
        "samples/prepare/find_team.py",
        "tests/prepare/test_find_team.py",
        "docs/prepare/find-team.md",
        "docs/recorded/find_team.json",
    }
    [_, entry] = after["mkdocs.yml"].decode().split("      - Who left: ")
    assert entry.splitlines()[1] == "      - Find team: prepare/find-team.md"
    recorded = after["docs/recorded/find_team.json"].decode()
    test = after["tests/prepare/test_find_team.py"].decode()
    assert '"text": "Hello!"' in recorded
    assert 'start("find_team")' in test and "texts == [EXPECTED]" in test


@pytest.mark.prove  # of its ten seconds most go into starting pytest
def test_a_new_sample_can_be_checked_at_once_and_only_its_test_fails(tree: Path) -> None:
    lay("prepare/find_team", root=tree)
    printed = check(tree, "find_team")
    for label in ("style", "pages", "recording"):
        assert f"\n{label:10} ok" in f"\n{printed}"
    assert "1 failed" in printed
    assert "'Hello!' != 'Write here what the sample must send, then make it send that.'" in printed


def test_a_new_bot_has_a_story(tree: Path) -> None:
    lay("small_talk", bot=True, root=tree)
    assert '"text": "Hello!"' in (tree / "docs" / "recorded" / "small_talk.json").read_text("utf-8")
    assert (tree / "samples" / "send" / "small_talk.story.toml").exists()
    assert '{{ story("small_talk") }}' in (tree / "docs" / "send" / "small-talk.md").read_text()
    test = (tree / "tests" / "send" / "test_small_talk.py").read_text("utf-8")
    assert 'story("small_talk")' in test and "[EXPECTED]" in test
    ruff = [sys.executable, "-m", "ruff"]
    for command in (["check"], ["format", "--check"]):
        subprocess.run([*ruff, *command, "samples/send", "tests/send"], cwd=tree, check=True)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("to_person", "There is a sample to_person already"),
        ("well/to_person", "There is a sample to_person already"),
        ("queue", "'queue' is a module of the standard library"),
        ("To-Team", "'To-Team' cannot be a module here"),
        ("class", "'class' cannot be a module here"),
        ("", "'' cannot be a module here"),
        ("shared/to_team", "'shared' is not one of send, prepare, well"),
        ("well/price_alert", "There is a sample price_alert already"),
        ("to_a_person", "docs/send/to-a-person.md is there already"),
    ],
)
def test_a_name_that_does_not_do_is_refused_and_nothing_is_written(
    untouched: Path, name: str, why: str
) -> None:
    before = files(untouched)
    with pytest.raises(SystemExit, match=why):
        lay(name, root=untouched)
    assert files(untouched) == before


def test_when_it_does_not_run_nothing_is_left(tree: Path) -> None:
    (tree / "samples" / "shared" / "sending.py").write_text("raise OSError('no network')\n")
    before = files(tree)
    with pytest.raises(SystemExit, match=r"does not run, so it is removed again(.|\n)*no network"):
        lay("to_team", root=tree)
    assert files(tree) == before


def test_without_its_section_in_the_navigation_nothing_is_left(tree: Path) -> None:
    nav = tree / "mkdocs.yml"
    nav.write_text(nav.read_text("utf-8").replace("  - Send:", "  - Messages:"), "utf-8")
    before = files(tree)
    with pytest.raises(SystemExit, match=r"mkdocs\.yml has no section 'Send' in nav"):
        lay("to_team", root=tree)
    assert files(tree) == before


def test_the_command_names_the_files_and_the_next_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[str, bool]] = []

    def laid(name: str, *, bot: bool) -> list[Path]:
        asked.append((name, bot))
        return [ROOT / "samples" / "well" / "small_talk.py"]

    monkeypatch.setattr(cli, "lay", laid)
    assert cli.main(["new", "well/small_talk", "--bot"]) == 0
    assert asked == [("well/small_talk", True)]
    printed = capsys.readouterr().out
    assert printed.startswith("samples/well/small_talk.py\n")
    assert "make check SAMPLE=small_talk\n" in printed
    assert scaffolding.SECTIONS.keys() == {"send", "prepare", "well"}
