"""Lays a new sample: its file, its test, its page with a recording, and its story if it is a bot.

The test fails until the sample does what the test says. The templates are in templates/.
"""

from __future__ import annotations

import keyword
import re
import subprocess
import sys
from pathlib import Path
from string import Template

from samples.runner.files import ROOT, STORY
from samples.runner.registry import ALIASES, Registry

TEMPLATES = Path(__file__).with_name("templates")
# The folders of samples/, with the sections of mkdocs.yml.
SECTIONS = {"send": "Send", "prepare": "Prepare", "well": "Send to many"}


def lay(name: str, *, bot: bool = False, root: Path = ROOT) -> list[Path]:
    """Write what a new sample consists of, all of it or nothing; returns the files.

    Args:
        name: a stem, for samples/send/, or a folder and a stem: `prepare/find_team`.
        bot: whether the sample is a bot, which gets a story.
        root: the folder with samples/ in it.

    Raises:
        SystemExit: the name is taken or cannot be one, or the sample does not run; the message says
            what to do.
    """
    folder, stem = _checked(name, root)
    texts = _texts(folder, stem, bot)
    if taken := [path for path in texts if (root / path).exists()]:
        raise SystemExit(f"{taken[0]} is there already. Choose another name.")
    nav = root / "mkdocs.yml"
    before = nav.read_text("utf-8")
    recording = root / "docs" / "recorded" / f"{stem}.json"
    made = [root / path for path in texts]
    try:
        for path, text in zip(made, texts.values(), strict=True):
            path.write_text(text, "utf-8")
        nav.write_text(_with_entry(before, folder, stem), "utf-8")
        _record(stem, root)
    except BaseException:
        for path in (*made, recording):
            path.unlink(missing_ok=True)
        nav.write_text(before, "utf-8")
        raise
    return [*made, recording, nav]


def _checked(name: str, root: Path) -> tuple[str, str]:
    """The folder and the stem."""
    folder, _, stem = name.rpartition("/")
    folder = folder or "send"
    if folder not in SECTIONS:
        raise SystemExit(f"{folder!r} is not one of {', '.join(SECTIONS)}: send/{stem}")
    if not re.fullmatch(r"[a-z][a-z0-9_]{,39}", stem) or keyword.iskeyword(stem):
        raise SystemExit(
            f"{stem!r} cannot be a module here. Name the sample with at most 40 lower-case "
            "letters, digits and underscores: make new SAMPLE=to_team"
        )
    if stem in sys.stdlib_module_names:
        raise SystemExit(f"{stem!r} is a module of the standard library. Choose another name.")
    if stem in Registry(root / "samples").samples() or stem in ALIASES:
        raise SystemExit(f"There is a sample {stem} already. Choose another: make new SAMPLE=…")
    return folder, stem


def _texts(folder: str, stem: str, bot: bool) -> dict[str, str]:
    """The files, by their path below the root."""
    fields = {
        "folder": folder,
        "stem": stem,
        "camel": stem.title().replace("_", ""),
        "title": _title(stem),
        "story": f'\nIts story:\n\n{{{{ story("{stem}") }}}}\n' if bot else "",
    }

    def filled(template: str) -> str:
        return Template((TEMPLATES / template).read_text("utf-8")).substitute(fields)

    kind = "bot" if bot else "sample"
    texts = {
        f"samples/{folder}/{stem}.py": filled(f"{kind}.py.txt"),
        f"tests/{folder}/test_{stem}.py": filled(f"test_{kind}.py.txt"),
        f"docs/{_page(folder, stem)}": filled("page.md.txt"),
    }
    return texts | ({f"samples/{folder}/{stem}{STORY}": filled("story.toml.txt")} if bot else {})


def _title(stem: str) -> str:
    return stem.replace("_", " ").capitalize()


def _page(folder: str, stem: str) -> str:
    return f"{folder}/{stem.replace('_', '-')}.md"


def _with_entry(nav: str, folder: str, stem: str) -> str:
    """mkdocs.yml with the page as the last of its section."""
    section = re.search(rf"^  - {SECTIONS[folder]}:\n(?:      .*\n)+", nav, re.M)
    if not section:
        raise SystemExit(f"mkdocs.yml has no section {SECTIONS[folder]!r} in nav.")
    entry = f"      - {_title(stem)}: {_page(folder, stem)}\n"
    return f"{nav[: section.end()]}{entry}{nav[section.end() :]}"


def _record(stem: str, root: Path) -> None:
    """In a process of its own, which finds the new sample."""
    command = [sys.executable, "-m", "samples", "record", "docs/recorded", stem]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"The new sample does not run, so it is removed again.\n{done.stderr}")
