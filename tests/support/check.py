"""`make check SAMPLE=to_person`: checks what concerns one sample, in seconds.

Its files by ruff, its tests, its recording and the listings on its pages. `make lint` and
`make test` check everything.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from time import perf_counter

from jinja2 import Environment, StrictUndefined, TemplateError

from samples.runner.recording import recording, rehearse
from samples.runner.registry import Sample, find
from tests.support import ROOT

MACRO = re.compile(r"{{ *(?:sample|story|recorded)\(.*?}}")


def style(sample: Sample) -> str:
    """What ruff finds in the files of the sample's own folder, and in its tests."""
    own = sample.home if sample.in_folder else sample.start
    checked = [ruff("check", "--quiet", own, sample.tests), ruff("format", "--diff", own)]
    return "\n".join(filter(None, checked))


def ruff(*arguments: str | Path) -> str:
    command = [sys.executable, "-m", "ruff", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    return done.stdout + done.stderr if done.returncode else ""


def tests(sample: Sample) -> str:
    """How its tests fail."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:cov"]
    chosen = ["-k", sample.name] if sample.sdk else []
    done = subprocess.run(
        [*command, "-o", "addopts=", str(sample.tests), *chosen],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    return done.stdout + done.stderr if done.returncode else ""


def recorded(sample: Sample) -> str:
    """Whether a run does what its recording shows."""
    again = f"python -m samples record docs/recorded {sample.name}"
    if not sample.recording.exists():
        return f"{sample.recording} is missing: {again}"
    if recording(rehearse(sample.name)) == sample.recording.read_text("utf-8"):
        return ""
    return f"A run differs from {sample.recording}. Read how: {again} && git diff docs/recorded"


def pages(sample: Sample) -> str:
    """Which listings on pages do not fit the sample's files any more."""
    wrong, found = [], 0
    for page, call in calls(sample):
        found += 1
        try:
            Environment(undefined=StrictUndefined).from_string(call).render(macros())
        except (ValueError, LookupError, OSError, TypeError, TemplateError) as error:
            wrong.append(f"{page.relative_to(ROOT)}: {call}: {error}")
    return "\n".join(wrong) if found else f"No page shows samples/{sample.path}."


def calls(sample: Sample) -> Iterator[tuple[Path, str]]:
    """The macro calls on pages that name the sample or a file of its folder."""
    home = sample.path.removesuffix("__main__.py")
    for page in sorted((ROOT / "docs").rglob("*.md")):
        for call in MACRO.findall(page.read_text("utf-8")):
            named = re.findall(r'"(.*?)"', call)[0]
            if named == sample.name or named.startswith(home):
                yield page, call


def macros() -> dict[str, object]:
    """What pages call, without the place to run a sample, which needs the page's Python."""
    sys.path.insert(0, str(ROOT / "docs" / "plugins"))
    try:
        samples, recordings = import_module("pages.samples"), import_module("pages.recordings")
    finally:
        sys.path.pop(0)

    def sample(
        path: str, *, runs: bool = False, shows: str = "", folded: bool = False, **lines: str
    ) -> str:
        if shows:
            lines["first"], _, lines["last"] = shows.partition("…")
        shown: str = samples.listing(path, **lines)
        return shown

    return {"sample": sample, "story": samples.story, "recorded": recordings.recorded}


CHECKS: tuple[tuple[str, Callable[[Sample], str]], ...] = (
    ("style", style),
    ("pages", pages),
    ("recording", recorded),
    ("tests", tests),
)


def main(name: str) -> int:
    """Run the checks one after another; returns the exit status."""
    try:
        sample = find(name)
    except LookupError as error:
        print(error.args[0], file=sys.stderr)
        return 2
    failed = False
    for label, check in CHECKS:
        began = perf_counter()
        error_text = check(sample)
        failed = failed or bool(error_text)
        print(f"{label:10} {'failed' if error_text else 'ok':6} {perf_counter() - began:5.1f} s")
        if error_text:
            print(error_text)
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
