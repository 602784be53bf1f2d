"""Finds samples, for commands, pages, recordings, stories, tests, projects and Run in the page."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from samples.runner.files import ROOT, SAMPLES, STORY, own_files

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
FIRST = "to_person"  # the sample that the guide begins with


@dataclass(frozen=True)
class Sample:
    """A program of the guide that can be run.

    Attributes:
        sdk: the folder of its SDK, `agents_sdk` or `teams_sdk`; empty for botbuilder.
        stem: its name within the SDK, for example `to_person`.
        start: the file that runs; of a sample in a folder its `__main__.py`.
        old_names: what its stem once was.
        root: the folder with samples/ in it.
    """

    sdk: str
    stem: str
    start: Path
    old_names: tuple[str, ...] = ()
    root: Path = ROOT

    @property
    def name(self) -> str:
        """As commands call it: `to_person`, `teams_sdk/to_person`."""
        return f"{self.sdk}/{self.stem}" if self.sdk else self.stem

    @property
    def in_folder(self) -> bool:
        """Whether it is a folder with a `__main__.py`, and not one file."""
        return self.start.name == "__main__.py"

    @cached_property
    def path(self) -> str:
        """The file that runs, below samples/: `send/to_person.py`."""
        return self.start.relative_to(self.root / "samples").as_posix()

    @property
    def old_paths(self) -> list[str]:
        """What `path` once was, under its name or an old one, as links to its code still say."""
        inside = "/__main__.py" if self.in_folder else ".py"
        return [] if self.sdk else [f"{name}{inside}" for name in (self.stem, *self.old_names)]

    @property
    def module(self) -> str:
        """What `python -m` runs: `samples.send.to_person`."""
        below = self.path.removesuffix("/__main__.py").removesuffix(".py")
        return f"samples.{below.replace('/', '.')}"

    @property
    def home(self) -> Path:
        """Its file, or the folder that it is."""
        return self.start.parent if self.in_folder else self.start

    @property
    def story(self) -> Path:
        """Where its story is, if it has one: beside the file, or beside the folder.

        A successor's sample has the story of botbuilder's, unless it has its own.
        """
        name = f"{self.stem}{STORY}"
        own = self.home.with_name(name)
        if own.exists() or not self.sdk:
            return own
        places = [self.root / "samples" / folder / name for folder in FOLDERS[BOTBUILDER]]
        return next((place for place in places if place.exists()), own)

    @property
    def recording(self) -> Path:
        """Where its recording is. A successor's sample prints what botbuilder's does, and sends
        its own requests."""
        return self.root / "docs" / "recorded" / f"{self.name}.json"

    @property
    def tests(self) -> Path:
        """Where its tests are: a file, or the folder that mirrors the sample's."""
        if self.sdk:
            return self.root / "tests" / "successors" / "test_successors.py"
        below = self.home.relative_to(self.root / "samples")
        mirrored = self.root / "tests" / below
        return mirrored if self.in_folder else mirrored.with_name(f"test_{below.name}")

    @property
    def summary(self) -> str:
        """The first line of its docstring."""
        docstring = ast.get_docstring(ast.parse(self.start.read_text("utf-8"))) or ""
        return docstring.partition("\n")[0]

    def files(self) -> list[Path]:
        """Its files: those of samples/ that it imports, directly or not, and their data files."""
        return own_files([self.start], self.root)


class Registry:
    """The samples of a folder. Looks once: a sample stays one when a reader changes its file.

    Args:
        folder: samples/, or a folder laid out like it.
        aliases: names that samples once had, with today's.
    """

    def __init__(self, folder: Path, aliases: Mapping[str, str] = ALIASES) -> None:
        self.folder, self._aliases = folder, aliases
        self._found: dict[str, dict[str, Sample]] = {}

    def samples(self, sdk: str = BOTBUILDER) -> dict[str, Sample]:
        """The samples with an SDK, by stem and in alphabetical order.

        Raises:
            ValueError: two have the same stem.
        """
        if sdk not in self._found:
            self._found[sdk] = self._look(sdk)
        return self._found[sdk]

    def _look(self, sdk: str) -> dict[str, Sample]:
        found: dict[str, Sample] = {}
        for folder in FOLDERS[sdk]:
            files = [
                path
                for path in (self.folder / folder).glob("*.py")
                if path.name != "__main__.py" and GUARD in path.read_text("utf-8")
            ]
            for start in sorted([*files, *(self.folder / folder).glob("*/__main__.py")]):
                stem = start.parent.name if start.name == "__main__.py" else start.stem
                if stem in found:
                    raise ValueError(
                        f"Two samples are called {stem}: {found[stem].start} and {start}. "
                        "Rename one."
                    )
                old = [name for name, today in self._aliases.items() if today == stem and not sdk]
                found[stem] = Sample(sdk, stem, start, tuple(old), self.folder.parent)
        return dict(sorted(found.items()))

    def everything(self) -> list[Sample]:
        """Every sample: those with botbuilder first, then those with its successors."""
        return [sample for sdk in FOLDERS for sample in self.samples(sdk).values()]

    def find(self, name: str) -> Sample:
        """The sample of this name, `to_person` or `teams_sdk/to_person`; an old name works too.

        Raises:
            LookupError: there is none; the message names those that are spelled alike, and all.
        """
        sdk, _, stem = name.replace(".", "/").rpartition("/")
        stem = stem if sdk else self._aliases.get(stem, stem)
        if sdk in FOLDERS and stem in self.samples(sdk):
            return self.samples(sdk)[stem]
        names = [sample.name for sample in self.everything()]
        like = get_close_matches(name, names, n=1, cutoff=0.8)
        meant = f" Did you mean {like[0]}?" if like else ""
        raise LookupError(f"There is no sample {name!r}.{meant} There are: {', '.join(names)}")

    def at(self, path: str) -> Sample | None:
        """The sample that this file below samples/ runs; None when the file runs nothing."""
        return next((sample for sample in self.everything() if sample.path == path), None)

    def in_every_run(self) -> list[str]:
        """The modules that every run in the page imports, beside its sample: what the first sample
        imports, what serves a bot, and what runs both."""
        files = [path for path in self.find(FIRST).files() if path.parent.name == "shared"]
        shared = [f"samples.shared.{path.stem}" for path in files if path.stem != "__init__"]
        return [*shared, "samples.shared.endpoint", "samples.runner.in_page"]


GUIDE = Registry(SAMPLES)
samples, everything, find, at = GUIDE.samples, GUIDE.everything, GUIDE.find, GUIDE.at
