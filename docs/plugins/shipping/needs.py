"""Which distributions a sample needs."""

from __future__ import annotations

import runpy
from collections.abc import Iterable
from functools import cache
from importlib.metadata import distribution, distributions
from pathlib import Path
from typing import cast

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from samples.runner.files import ROOT, imports, own_files
from samples.runner.registry import Sample

BOOT = ROOT / "docs" / "assets" / "run" / "boot.py"


@cache
def owners() -> dict[str, str]:
    """The distribution of each installed module, by its path."""
    return {
        file: name
        for dist in distributions()
        for name in [canonicalize_name(dist.metadata["Name"])]  # read once, not for every file
        for line in (dist.read_text("RECORD") or "").splitlines()
        if (file := line.partition(",")[0]).endswith(".py")
    }


def needs(starts: Iterable[Path]) -> set[str]:
    """The distributions that some files, and the files of samples/ that they import, import."""
    found: set[str] = set()
    for path in own_files(starts):
        if path.suffix == ".py":
            found |= _owners_of(imports(path))
    return found


@cache  # many samples import the same files
def _owners_of(names: frozenset[str]) -> frozenset[str]:
    found = set()
    for name in names:
        parts = name.split(".")
        for end in range(len(parts), 0, -1):
            inside = "/".join(parts[:end])
            if owner := owners().get(f"{inside}.py") or owners().get(f"{inside}/__init__.py"):
                found.add(owner)
                break
    if "zoneinfo.ZoneInfo" in names:
        found.add("tzdata")  # elsewhere the system has it
    return frozenset(found)


@cache
def stood_in_for() -> set[str]:
    """The distributions for which the page has a stand-in."""
    modules = runpy.run_path(str(BOOT))["STOOD_IN_FOR"]
    return {owners().get(f"{module}/__init__.py", "") for module in modules}


def with_all_they_need(wanted: set[str]) -> set[str]:
    """Distributions with all that they require in a browser, as installed here."""
    found: set[str] = set()
    waiting = list(wanted)
    while waiting:
        name = waiting.pop()
        if name in found or name in stood_in_for():
            continue
        found.add(name)
        waiting += _required_by(name)
    return found


@cache
def _required_by(name: str) -> list[str]:
    """The distributions that one requires itself in a browser."""
    there = {
        **cast("dict[str, str]", default_environment()),
        "sys_platform": "emscripten",
        "platform_system": "Emscripten",
        "python_version": "3.14",
        "python_full_version": "3.14.2",
        "extra": "",
    }
    required = [Requirement(line) for line in distribution(name).requires or []]
    return [
        canonicalize_name(one.name)
        for one in required
        if not one.marker or one.marker.evaluate(there)
    ]


def hindered(sample: Sample, absent: list[str]) -> str:
    """The obstacle that is one of these distributions, of which browsers have no build."""
    missing = sorted(with_all_they_need(needs([sample.start])) & set(absent))
    return f"it needs {missing[0]}, of which there is no build for browsers" if missing else ""
