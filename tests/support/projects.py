"""The project that a reader downloads with a sample: unpacked, and run with nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from samples.runner import bot_process, running
from samples.runner.registry import Sample, everything, find
from tests.support import ROOT, isolated
from tests.support.waiting import DEADLINE

sys.path.insert(0, str(ROOT / "docs" / "plugins"))

from shipping.needs import owners
from shipping.projects import content

Start = Callable[..., Any]


def unpacked(sample: Sample, folder: Path, *, linked: bool = False) -> Path:
    """The project of a sample, once, in a folder with the modules that it cannot import.

    Args:
        linked: its copies of files are links to these, so that coverage measures the files.
    """
    project = folder / sample.name
    if not project.exists():
        for path, text in content(sample).items():
            there, here = project / path, ROOT / path
            there.parent.mkdir(parents=True, exist_ok=True)
            if linked and here.exists() and here.read_text("utf-8") == text:
                there.symlink_to(here)
            else:
                there.write_text(text, "utf-8")
        beside(project).write_text(json.dumps(not_required(sample)), "utf-8")
    return project


def beside(project: Path) -> Path:
    return project.with_name(f"{project.name}.refused.json")


def not_required(sample: Sample) -> list[str]:
    """The modules of all distributions that its requirements.txt does not bring."""
    lines = content(sample)["requirements.txt"].splitlines()
    brought = {line.partition("=")[0] for line in lines}
    assert len(brought) > 20
    return [module for module, owner in modules().items() if owner not in brought]


@cache
def modules() -> dict[str, str]:
    """The distribution of each installed module, by its name with dots."""
    return {
        file.removesuffix(".py").removesuffix("/__init__").replace("/", "."): owner
        for file, owner in owners().items()
    }


class Projects:
    """As `subprocess` for BotProcess: starts a sample in its project."""

    PIPE, STDOUT = subprocess.PIPE, subprocess.STDOUT

    def __init__(self, folder: Path, start: Start) -> None:
        self.folder, self._start = folder, start

    def Popen(self, command: list[str], *, env: dict[str, str], **_: Any) -> Any:
        named = next(one for one in everything() if one.module == command[2])
        return self._start(command, env=env, folder=unpacked(named, self.folder, linked=True))

    def run(self, sample: Sample, *arguments: str, **variables: str) -> str:
        """What it prints; it ends with status 0."""
        command = [sys.executable, "-m", sample.module, *arguments]
        process = self.Popen(command, env=os.environ | variables)
        printed, _ = process.communicate(timeout=DEADLINE)
        assert process.returncode == 0, printed
        return str(printed)


def start_isolated(command: list[str], *, env: dict[str, str], folder: Path) -> Any:
    return isolated.start(command, env=env, folder=folder, refused=beside(folder))


@contextmanager
def from_their_projects(start: Start = start_isolated) -> Iterator[None]:
    """Whatever `rehearse` starts is started in its project, with its files and packages alone."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        projects = Projects(Path(folder), start)

        def run(name: str, *arguments: str) -> None:
            print(projects.run(find(name), *arguments), end="")

        patch.setattr(bot_process, "subprocess", projects)
        patch.setattr(running, "start", run)
        yield
