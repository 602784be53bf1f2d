"""The requirements.txt of a project: what it imports and all that this requires, pinned."""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from itertools import product
from typing import cast

from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from samples.runner.files import ROOT

# Where a reader may install it: each Python that CI tests, on each system.
PLACES = [
    {
        **cast("dict[str, str]", default_environment()),
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": platform,
        "platform_system": system,
        "os_name": "nt" if platform == "win32" else "posix",
        "platform_machine": machine,
    }
    for python, (platform, system, machine) in product(
        ("3.11", "3.12", "3.13", "3.14"),
        (
            *(("linux", "Linux", "x86_64"), ("linux", "Linux", "aarch64")),
            *(("darwin", "Darwin", "arm64"), ("win32", "Windows", "AMD64")),
        ),
    )
]


# What a distribution needs at the version that it has in projects, where the lock overrides that
# and so has metadata of another version.
ELSEWHERE = {"babel": "pytz"}


@cache
def locked() -> dict[str, tuple[str, str]]:
    """The version and the marker, which may be empty, of each line of the lock."""
    text = (ROOT / "requirements.txt").read_text("utf-8")
    found = re.findall(r"^([a-z0-9-]+)==(\S+)(?: ; (.+?))? \\$", text, re.M)
    return {name: (version, marker) for name, version, marker in found}


@cache
def asked() -> dict[str, frozenset[str]]:
    """The extras with which requirements.in names distributions: `binary`, of psycopg."""
    lines = (ROOT / "requirements.in").read_text("utf-8").splitlines()
    wanted = [Requirement(line.partition("#")[0]) for line in lines if line.partition("#")[0]]
    return {canonicalize_name(one.name): frozenset(one.extras) for one in wanted}


def requirements(wanted: set[str]) -> dict[str, str]:
    """One line for each distribution that these need, with themselves, by name.

    The versions are those of the lock. Where the lock overrides what a distribution demands (see
    `[tool.uv]` in pyproject.toml), the line is what it demands: pip knows no overrides.
    """
    lines: dict[str, str] = {}
    extras: dict[str, frozenset[str]] = {}
    waiting = [Requirement(name) for name in sorted(wanted)]
    while waiting:
        one = waiting.pop(0)
        name = canonicalize_name(one.name)
        version, marker = locked().get(name, ("", ""))
        fits = version and one.specifier.contains(version, prereleases=True)
        if name not in lines or not fits:
            pin = f"=={version}" if fits else str(one.specifier)
            lines[name] = f"{name}{pin}{f' ; {marker}' if marker else ''}"
            if not fits and name in ELSEWHERE:
                waiting.append(Requirement(ELSEWHERE[name]))
        before = extras.get(name)
        extras[name] = (before or asked().get(name, frozenset())) | one.extras
        if extras[name] != before:
            waiting += _required_by(name, extras[name])
    return dict(sorted(lines.items()))


@cache
def _required_by(name: str, extras: frozenset[str]) -> list[Requirement]:
    """What a distribution requires somewhere; nothing if it is not installed here."""
    try:
        listed = distribution(name).requires or []
    except PackageNotFoundError:
        return []  # it is for another system
    required = [Requirement(line) for line in listed]
    return [one for one in required if not one.marker or _somewhere(one.marker, extras)]


def _somewhere(marker: Marker, extras: frozenset[str]) -> bool:
    return any(
        marker.evaluate({**place, "extra": extra}) for place in PLACES for extra in {"", *extras}
    )
