"""Finds samples, for commands, pages, recordings, stories, projects and Run in the page."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SAMPLES = Path(__file__).parents[1]
ROOT = SAMPLES.parent
GUARD = 'if __name__ == "__main__":'
BOTBUILDER = ""  # the SDK that a name without one means
# Where each SDK's samples are, as folders of samples/.
FOLDERS = {
    BOTBUILDER: ("send", "prepare", "well", "well/fit_in"),
    "agents_sdk": ("agents_sdk",),
    "teams_sdk": ("teams_sdk",),
}
# Names that samples once had, for commands and links that use them.
ALIASES = {"queue": "notification_queue"}
# What every run in the page imports, beside its sample.
IN_EVERY_RUN = (
    "samples.shared.bot",
    "samples.shared.failure",
    "samples.shared.retrying",
    "samples.shared.sending",
    "samples.shared.endpoint",
    "samples.runner.in_page.page",
)


@dataclass(frozen=True)
class Sample:
    """A program of the guide that can be run.

    Attributes:
        sdk: the folder of its SDK, `agents_sdk` or `teams_sdk`; empty for botbuilder.
        stem: its name within the SDK, for example `to_person`.
        start: the file that runs; of a sample in a folder its `__main__.py`.
    """

    sdk: str
    stem: str
    start: Path

    @property
    def name(self) -> str:
        """As commands and recordings call it: `to_person`, `teams_sdk/to_person`."""
        return f"{self.sdk}/{self.stem}" if self.sdk else self.stem

    @property
    def path(self) -> str:
        """The file that runs, below samples/: `send/to_person.py`."""
        return self.start.relative_to(SAMPLES).as_posix()

    @property
    def old_paths(self) -> list[str]:
        """What `path` once was, under its name or an old one, as links to its code still say."""
        inside = "/__main__.py" if self.start.name == "__main__.py" else ".py"
        names = [self.stem, *(old for old, today in ALIASES.items() if today == self.stem)]
        return [] if self.sdk else [f"{name}{inside}" for name in names]

    @property
    def module(self) -> str:
        """What `python -m` runs: `samples.send.to_person`."""
        below = self.path.removesuffix("/__main__.py").removesuffix(".py")
        return f"samples.{below.replace('/', '.')}"

    @property
    def story(self) -> Path:
        """Where its story is, if it has one: beside the file, or beside the folder."""
        home = self.start.parent if self.start.name == "__main__.py" else self.start
        return home.with_name(f"{self.stem}.story.toml")

    @property
    def summary(self) -> str:
        """The first line of its docstring."""
        docstring = ast.get_docstring(ast.parse(self.start.read_text("utf-8"))) or ""
        return docstring.partition("\n")[0]

    def files(self) -> list[Path]:
        """Its files: those of samples/ that it imports, directly or not, and their data files."""
        return own_files([self.start])


@cache
def samples(sdk: str = BOTBUILDER) -> dict[str, Sample]:
    """The samples with an SDK, by stem and in alphabetical order.

    Raises:
        ValueError: two have the same stem.
    """
    found: dict[str, Sample] = {}
    for folder in FOLDERS[sdk]:
        files = [
            path
            for path in (SAMPLES / folder).glob("*.py")
            if path.name != "__main__.py" and GUARD in path.read_text("utf-8")
        ]
        for start in [*files, *(SAMPLES / folder).glob("*/__main__.py")]:
            stem = start.parent.name if start.name == "__main__.py" else start.stem
            if stem in found:
                raise ValueError(f"{start} and {found[stem].start} have the same name, {stem}")
            found[stem] = Sample(sdk, stem, start)
    return dict(sorted(found.items()))


def everything() -> list[Sample]:
    """Every sample: those with botbuilder first, then those with its successors."""
    return [sample for sdk in FOLDERS for sample in samples(sdk).values()]


def find(name: str) -> Sample:
    """The sample of this name, `to_person` or `teams_sdk/to_person`; an old name works too.

    Raises:
        LookupError: there is none; the message lists those there are.
    """
    sdk, _, stem = name.replace(".", "/").rpartition("/")
    stem = stem if sdk else ALIASES.get(stem, stem)
    if sdk in FOLDERS and stem in samples(sdk):
        return samples(sdk)[stem]
    there = ", ".join(sample.name for sample in everything())
    raise LookupError(f"There is no sample {name!r}. There are: {there}")


def at(path: str) -> Sample | None:
    """The sample that this file below samples/ runs; None when the file runs nothing."""
    return next((sample for sample in everything() if sample.path == path), None)


# -- which files belong together -----------------------------------------------------------------


@cache
def imports(path: Path) -> frozenset[str]:
    """Every module, and every name in a module, that a file imports, with dots."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = path.relative_to(ROOT).parts[: -node.level] if node.level else ()
            module = ".".join([*package, *([node.module] if node.module else [])])
            found |= {f"{module}.{alias.name}" for alias in node.names}
    return frozenset(found)


def own_files(starts: Iterable[Path]) -> list[Path]:
    """Some files, the files of samples/ that they import, directly or not, and their data files.

    A data file is what lies beside a module and is neither Python nor a story.
    """
    seen: set[Path] = set()
    waiting = list(starts)
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        for name in imports(path):
            waiting += _files_of(name)
        seen |= {
            beside
            for beside in path.parent.iterdir()
            if beside.suffix in (".json", ".toml") and not beside.name.endswith(".story.toml")
        }
    return sorted(seen)


def _files_of(name: str) -> list[Path]:
    """The files that importing `samples.send.to_person.main` runs."""
    parts = name.split(".")
    if parts[0] != "samples":
        return []
    inside = [ROOT.joinpath(*parts[:end]) for end in range(1, len(parts) + 1)]
    found = [file for one in inside for file in (one.with_suffix(".py"), one / "__init__.py")]
    return [file for file in found if file.exists()]
