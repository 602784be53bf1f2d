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
from importlib import import_module
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
    unmeasured = {name: value for name, value in env.items() if "COVERAGE" not in name}
    return forked.Popen(
        [sys.executable, "-m", "tests.support.isolated", *command[2:]],
        env=unmeasured | {REFUSED: str(refused), "PYTHONPATH": str(ROOT)},
        cwd=folder,
        stdout=forked.PIPE,
        stderr=forked.STDOUT,
        text=True,
    )


def main() -> None:
    """Become the program that the arguments name, or import every file of some folders."""
    sys.path[:] = [one for one in sys.path if not _of_checkout(one)]
    if sys.argv[1] == "--import":
        plan = json.loads(Path(sys.argv[2]).read_text("utf-8"))
        for folder, refused in plan.items():
            import_everything(Path(folder), Path(refused))
        return
    isolate(Path.cwd(), Path(os.environ.pop(REFUSED)))
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def import_everything(folder: Path, refused: Path) -> None:
    """Import every module of a folder, and print their names on one line."""
    hidden = isolate(folder, refused)
    names = [path.relative_to(folder).with_suffix("") for path in sorted(folder.rglob("*.py"))]
    modules = [".".join(name.parts) for name in names]
    for module in modules:
        import_module(module)
    print(*modules, flush=True)
    sys.path.remove(str(folder))
    sys.meta_path[:] = [one for one in sys.meta_path if not isinstance(one, Refusing)]
    sys.modules.update(hidden)  # for the next folder, which may have them


def isolate(folder: Path, names: Path) -> dict[str, ModuleType]:
    """Make a folder importable, and the modules in a JSON list not; gives those that were there."""
    refused = set(json.loads(names.read_text("utf-8")))
    sys.path.insert(0, str(folder))
    hidden = {}
    for name in [*sys.modules]:
        parents = [name[:end] for end in range(len(name) + 1) if name[end : end + 1] in (".", "")]
        if parents[0] == "samples":
            del sys.modules[name]
        elif refused.intersection(parents):
            hidden[name] = sys.modules.pop(name)
    sys.meta_path.insert(0, Refusing(refused))
    return hidden


def _of_checkout(entry: str) -> bool:
    return Path(entry or ".").resolve() in (ROOT, Path.cwd())


if __name__ == "__main__":
    main()
