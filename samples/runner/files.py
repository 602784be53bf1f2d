"""Finds the files of samples/ that belong together: what a file imports, and its data files."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path

SAMPLES = Path(__file__).parents[1]
ROOT = SAMPLES.parent
STORY = ".story.toml"


def imports(path: Path, root: Path = ROOT) -> frozenset[str]:
    """Every module, and every name in a module, that a file below `root` imports, with dots."""
    return _imports(path, path.stat().st_mtime_ns, root)


@cache  # until the file changes, as `make serve` sees it
def _imports(path: Path, changed: int, root: Path) -> frozenset[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = path.relative_to(root).parts[: -node.level] if node.level else ()
            module = ".".join([*package, *([node.module] if node.module else [])])
            found |= {f"{module}.{alias.name}" for alias in node.names}
    return frozenset(found)


def own_files(starts: Iterable[Path], root: Path = ROOT) -> list[Path]:
    """Some files, the files of samples/ that they import, directly or not, and their data files.

    A data file lies beside a module and is neither Python nor a story.

    Args:
        root: the folder with samples/ in it.
    """
    seen: set[Path] = set()
    waiting = list(starts)
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        waiting += _imported_files(path, path.stat().st_mtime_ns, root)
        seen |= _data_files(path.parent, path.parent.stat().st_mtime_ns)
    return sorted(seen)


@cache
def _imported_files(path: Path, changed: int, root: Path) -> frozenset[Path]:
    names = _imports(path, changed, root)
    return frozenset(file for name in names for file in files_of(name, root))


@cache
def _data_files(folder: Path, changed: int) -> frozenset[Path]:
    return frozenset(
        file
        for file in folder.iterdir()
        if file.suffix in (".json", ".toml") and not file.name.endswith(STORY)
    )


def files_of(name: str, root: Path = ROOT) -> list[Path]:
    """The files that importing `samples.send.to_person.main` runs."""
    parts = name.split(".")
    if parts[0] != "samples":
        return []
    inside = [root.joinpath(*parts[:end]) for end in range(1, len(parts) + 1)]
    found = [file for one in inside for file in (one.with_suffix(".py"), one / "__init__.py")]
    return [file for file in found if file.exists()]
