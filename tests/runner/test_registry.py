"""Samples are found by SDK and name, with everything that belongs to each."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from samples.runner.registry import (
    ALIASES,
    FOLDERS,
    GUARD,
    GUIDE,
    Registry,
    at,
    everything,
    find,
    samples,
)

RUNS = f"{GUARD}\n    pass\n"


def made(tmp_path: Path, *paths: str, aliases: dict[str, str] | None = None) -> Registry:
    """A registry of samples that only run."""
    for path in paths:
        file = tmp_path / "samples" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(RUNS, "utf-8")
    return Registry(tmp_path / "samples", aliases or {})


def test_a_sample_is_found_by_its_sdk_and_name() -> None:
    assert find("to_person").path == "send/to_person.py"
    assert find("teams_sdk/to_person").path == "teams_sdk/to_person.py"
    assert find("teams_sdk.to_person") == find("teams_sdk/to_person")
    assert find("price_alert").path == "well/price_alert/__main__.py"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("to_persn", " Did you mean to_person?"),
        ("teams_sdk/to_persons", " Did you mean teams_sdk/to_person?"),
        ("send/to_person", ""),
        ("nothing", ""),
        ("", ""),
    ],
)
def test_an_unknown_name_is_answered_with_the_names_there_are(name: str, meant: str) -> None:
    with pytest.raises(LookupError) as error:
        find(name)
    error_text = error.value.args[0]
    assert error_text.startswith(f"There is no sample {name!r}.{meant} There are: broadcast, card,")
    assert error_text.endswith(everything()[-1].name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("send/same.py", "well/same.py"),
        ("well/same.py", "well/fit_in/same.py"),
        ("send/same.py", "well/same/__main__.py"),
        ("teams_sdk/same.py", "teams_sdk/same/__main__.py"),
    ],
)
def test_two_samples_of_one_name_are_refused(tmp_path: Path, one: str, other: str) -> None:
    registry = made(tmp_path, one, other)
    with pytest.raises(ValueError, match=r"Two samples are called same: .*Rename one") as error:
        registry.everything()
    for path in (one, other):
        assert str(tmp_path / "samples" / path) in str(error.value)


def test_the_same_name_with_another_sdk_is_another_sample(tmp_path: Path) -> None:
    registry = made(tmp_path, "send/same.py", "teams_sdk/same.py")
    assert [sample.name for sample in registry.everything()] == ["same", "teams_sdk/same"]


def test_an_old_name_finds_todays_sample(tmp_path: Path) -> None:
    registry = made(
        tmp_path, "send/new.py", "well/bot/__main__.py", aliases={"old": "new", "robot": "bot"}
    )
    assert registry.find("old") is registry.find("new")
    assert registry.find("new").old_paths == ["new.py", "old.py"]
    assert registry.find("bot").old_paths == ["bot/__main__.py", "robot/__main__.py"]


def test_an_old_name_of_the_guide_is_not_that_of_a_sample_today() -> None:
    assert find("queue").name == "notification_queue"
    assert find("queue").old_paths == ["notification_queue.py", "queue.py"]
    assert not set(ALIASES) & set(samples())
    assert set(ALIASES.values()) <= set(samples())


def test_a_successors_sample_never_moved(tmp_path: Path) -> None:
    registry = made(tmp_path, "teams_sdk/new.py", aliases={"old": "new"})
    assert registry.find("teams_sdk/new").old_paths == []
    with pytest.raises(LookupError):
        registry.find("teams_sdk/old")


def test_a_file_without_the_guard_is_not_a_sample(tmp_path: Path) -> None:
    registry = made(tmp_path, "send/sample.py")
    (tmp_path / "samples" / "send" / "helper.py").write_text("x = 1\n", "utf-8")
    assert list(registry.samples()) == ["sample"]
    assert registry.at("send/sample.py") is registry.find("sample")
    assert registry.at("send/helper.py") is None


def test_a_sample_stays_one_when_a_reader_changes_its_file(tmp_path: Path) -> None:
    """In the page the code of a reader replaces the file, and may have no guard."""
    registry = made(tmp_path, "send/sample.py")
    sample = registry.find("sample")
    sample.start.write_text("print(1)\n", "utf-8")
    assert registry.find("sample") is sample


def test_every_sample_is_found_by_its_name_and_by_its_file() -> None:
    assert {sample.sdk for sample in everything()} == set(FOLDERS)
    for sample in everything():
        assert find(sample.name) is sample and at(sample.path) is sample
        assert sample.summary.endswith(".")


def test_what_belongs_to_a_sample_is_where_the_registry_says() -> None:
    for sample in everything():
        assert sample.recording.is_file()
        assert sample.tests.is_file() or any(sample.tests.glob("test_*.py")), sample.tests
        origin = find_spec(f"{sample.module}.__main__" if sample.in_folder else sample.module)
        assert origin and origin.origin == str(sample.start)
        assert sample.start in sample.files()


def test_a_sample_brings_the_files_that_it_imports_and_their_data(tmp_path: Path) -> None:
    registry = made(tmp_path, "send/sample.py")
    folder = tmp_path / "samples"
    texts = {
        "__init__.py": "",
        "send/sample.py": f"from samples.shared.bot import connect\n{RUNS}",
        "send/sample.story.toml": "steps = []\n",
        "send/unused.py": "",
        "send/notice.json": "{}",
        "shared/bot.py": "from . import other\n",
        "shared/other.py": "import json\n",
        "shared/unused.py": "",
    }
    for name, text in texts.items():
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, "utf-8")
    assert [path.relative_to(folder).as_posix() for path in registry.find("sample").files()] == [
        *("__init__.py", "send/notice.json", "send/sample.py", "shared/bot.py", "shared/other.py")
    ]


def test_a_broadcast_brings_its_message_and_the_facts() -> None:
    names = {path.name for path in find("broadcast").files()}
    assert {"notice.json", "facts.toml", "workers.py", "outbox.py"} <= names
    assert not any(name.endswith(".story.toml") for name in names)


def test_every_run_in_the_page_imports_what_the_first_sample_does() -> None:
    modules = GUIDE.in_every_run()
    assert {"samples.shared.bot", "samples.shared.endpoint", "samples.runner.in_page"} <= {*modules}
    assert all(find_spec(module) for module in modules)
