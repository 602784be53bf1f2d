"""What people type out of habit works: a file by its path, mkdocs and pytest from anywhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

from samples.runner.registry import Sample, everything
from samples.runner.stories import read_story
from tests.support import ROOT
from tests.support.talking import looks_at, story

IN_VENV = Path(sysconfig.get_path("purelib"), "samples.pth")
SAMPLES = everything()
FOLDERS = sorted({sample.start.parent for sample in SAMPLES})
BOTS = [folder for folder in FOLDERS if (folder / "__main__.py").exists()]
SHORT = {"samples/send", "samples/well/slow_answer"}  # in every run; the others nightly
# Python's way to run a file, for all files of a folder in one process: with that folder first.
RUN_ALL = """
import json, runpy, sys
folder, *runs = json.loads(sys.argv[1])
sys.path[0] = folder
for file, arguments in runs:
    sys.argv = [file, *arguments]
    try:
        runpy.run_path(file, run_name="__main__")
        ended = "It ran."
    except SystemExit as error:
        ended = str(error.code)
    print(json.dumps([file, ended]))
"""
LOAD = """
import sys
from mkdocs.config import load_config
sys.path[:] = [path for path in sys.path if path not in ("", sys.argv[1])]
config = load_config(f"{sys.argv[1]}/mkdocs.yml", strict=True)
config = config.plugins.on_config(config)
print(*config.watch, *config.plugins["macros"].macros)
"""


def below(path: Path) -> str:
    return str(path.relative_to(ROOT))


def nightly(folders: list[Path]) -> list[Any]:
    """These as parameters, where `make test` has only the short ones: each takes an SDK's start."""
    return [
        pytest.param(one, marks=[] if below(one) in SHORT else pytest.mark.prove) for one in folders
    ]


def bare() -> dict[str, str]:
    """An environment in which nobody set anything for a sample, nor where Python looks.

    Nor is anything measured: that takes as long again, and the samples are covered elsewhere.
    """
    ours = ("Microsoft", "TEAMS_", "PYTHONPATH", "COVERAGE_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def run(*command: str | Path, cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    assert IN_VENV.exists(), "Samples are not importable from here: make test writes samples.pth"
    return subprocess.run(
        [sys.executable, *command], cwd=cwd, env=env, capture_output=True, text=True, timeout=100
    )


def missing(sample: str) -> str:
    return f" is not set. To run without a tenant: python -m samples run {sample}"


def test_no_module_hides_another() -> None:
    """Python looks into a script's own folder first: queue.py there would be everybody's queue."""
    taken = {*sys.stdlib_module_names, *packages_distributions()}
    found = [
        path
        for folder in ("samples", "docs", "tests")
        for path in (ROOT / folder).rglob("*")
        if path.suffix == ".py" or (path.is_dir() and any(path.glob("*.py")))
    ]
    assert len(found) > 100
    hiding = {path for path in found if path.stem in taken and not path.stem.startswith("__")}
    assert hiding == set()


@pytest.mark.parametrize("folder", nightly([one for one in FOLDERS if one not in BOTS]), ids=below)
def test_each_file_runs_by_its_path(folder: Path, tmp_path: Path) -> None:
    """It finds what it imports, and without a tenant says what is missing, and how to run it."""
    here = {str(one.start): one for one in SAMPLES if one.start.parent == folder}
    runs = [(file, read_story(sample).arguments) for file, sample in here.items()]
    done = run("-c", RUN_ALL, json.dumps([str(folder), *runs]), cwd=tmp_path, env=bare())
    assert done.returncode == 0, done.stderr
    ended = dict(map(json.loads, done.stdout.splitlines()))
    assert {file: end.partition(" ")[2] for file, end in ended.items()} == {
        file: missing(sample.name)[1:] for file, sample in here.items()
    }
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("folder", nightly(BOTS), ids=below)
def test_a_folder_runs_by_its_path(folder: Path) -> None:
    [sample] = [one for one in SAMPLES if one.start.parent == folder]
    done = run(".", *read_story(sample).arguments, cwd=folder, env=bare())
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith(missing(sample.name))
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "sample",
    [
        pytest.param(one, marks=[looks_at("to_person"), *([pytest.mark.prove] if one.sdk else [])])
        for one in SAMPLES
        if one.stem == "to_person"
    ],
)
def test_by_its_path_a_sample_does_what_it_does_as_a_module(
    sample: Sample, environ: dict[str, str], tmp_path: Path
) -> None:
    done = run(sample.start, cwd=tmp_path, env=bare() | environ)
    assert (done.returncode, done.stdout) == (0, story("to_person").printed), done.stderr


def test_local_teams_runs_by_its_path() -> None:
    done = run("samples/local_teams", "serve", "--help", cwd=ROOT, env={**os.environ})
    assert done.returncode == 0, done.stderr
    assert "usage: python -m samples.local_teams serve" in done.stdout


def test_a_checkout_that_was_moved_finds_its_own_samples(tmp_path: Path) -> None:
    """The environment in it names no folder that is not there any more."""
    before, after = tmp_path / "before", tmp_path / "after"
    venv.create(before / ".venv", symlinks=True)
    purelib = Path(sysconfig.get_path("purelib", vars={"base": str(before / ".venv")}))
    shutil.copy(IN_VENV, purelib)
    (before / "samples").mkdir()
    (before / "samples" / "__init__.py").touch()
    before.rename(after)
    python = after / ".venv" / Path(sys.executable).relative_to(sys.prefix)
    found = subprocess.run(
        [python, "-c", "import samples; print(samples.__file__)"],
        cwd=tmp_path,
        env=bare(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == str(after / "samples" / "__init__.py")


@pytest.mark.prove
def test_mkdocs_finds_samples_from_anywhere(tmp_path: Path) -> None:
    """With `-f` and another Python too, whose environment has no samples.pth."""
    loaded = run("-c", LOAD, ROOT, cwd=tmp_path, env=bare())
    assert loaded.returncode == 0, loaded.stderr
    watched, *macros = loaded.stdout.splitlines()[-1].split()
    assert watched == str(ROOT / "samples")
    assert {"sample", "recorded"} <= set(macros)


@pytest.mark.prove
def test_pytest_runs_in_a_folder_of_the_checkout() -> None:
    one = f"{Path(__file__).name}::{test_no_module_hides_another.__name__}"
    done = run(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", one, cwd=Path(__file__).parent, env=bare()
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
