"""Finds the files of samples/ that belong together: what a file imports, and its data files."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path

SAMPLES = Path(__file__).parents[1]
ROOT = SAMPLES.parent
STORY = ".story.toml"


@cache
def imports(path: Path, root: Path = ROOT) -> frozenset[str]:
    """Every module, and every name in a module, that a file below `root` imports, with dots."""
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
        for name in imports(path, root):
            waiting += files_of(name, root)
        seen |= {
            beside
            for beside in path.parent.iterdir()
            if beside.suffix in (".json", ".toml") and not beside.name.endswith(STORY)
        }
    return sorted(seen)


def files_of(name: str, root: Path = ROOT) -> list[Path]:
    """The files that importing `samples.send.to_person.main` runs."""
    parts = name.split(".")
    if parts[0] != "samples":
        return []
    inside = [root.joinpath(*parts[:end]) for end in range(1, len(parts) + 1)]
    found = [file for one in inside for file in (one.with_suffix(".py"), one / "__init__.py")]
    return [file for file in found if file.exists()]
