"""Runs a program in a folder where only the folder and some distributions are importable.

As `forked`, from which it takes the process: `Popen` is for programs of one folder. What the
forking process has imported already is dropped, so that the program imports it anew or is refused.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.support import ROOT, forked

REFUSED = "REFUSED_MODULES"  # in the environment: the path of a JSON list of their names


class Refusing(MetaPathFinder):
    """Refuses modules of other distributions, as if they were not installed."""

    def __init__(self, refused: set[str]) -> None:
        self._refused = refused

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> None:
        if name in self._refused:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def start(command: list[str], *, env: dict[str, str], folder: Path, refused: Path) -> Any:
    """`[sys.executable, "-m", module, …]` in a folder, as `subprocess.Popen`; both outputs in one.

    Args:
        refused: a JSON list of the modules that are not there.
    """
    assert command[:2] == [sys.executable, "-m"]
    return forked.Popen(
        [sys.executable, "-m", "tests.support.isolated", *command[2:]],
        env=env | {REFUSED: str(refused), "PYTHONPATH": str(ROOT)},
        cwd=folder,
        stdout=forked.PIPE,
        stderr=forked.STDOUT,
        text=True,
    )


def main() -> None:
    """Become the program that the arguments name."""
    sys.path[:] = [one for one in sys.path if not _of_checkout(one)]
    isolate(Path.cwd(), Path(os.environ.pop(REFUSED)))
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def isolate(folder: Path, names: Path) -> None:
    """Make a folder importable, and the modules in a JSON list not."""
    refused = set(json.loads(names.read_text("utf-8")))
    sys.path.insert(0, str(folder))
    for name in [*sys.modules]:
        parents = [name[:end] for end in range(len(name) + 1) if name[end : end + 1] in (".", "")]
        if parents[0] == "samples" or refused.intersection(parents):
            del sys.modules[name]
    sys.meta_path.insert(0, Refusing(refused))


def _of_checkout(entry: str) -> bool:
    return Path(entry or ".").resolve() in (ROOT, Path.cwd())


if __name__ == "__main__":
    main()
