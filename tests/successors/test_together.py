"""The three SDKs fit into one environment, which is why there is one lock."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from samples.facts import facts
from tests.support import ROOT

sys.path.insert(0, str(ROOT / "docs" / "plugins"))

from shipping.requiring import requirements

SDKS = [str(row["package"]) for row in facts()["sdks"]]


def demanded(package: str) -> dict[str, dict[str, Requirement]]:
    """What an SDK and all that it needs here demand of each distribution, by who demands it."""
    found: dict[str, dict[str, Requirement]] = {}
    for name in requirements({package}):
        try:
            lines = distribution(name).requires or []
        except PackageNotFoundError:
            continue  # for another system
        for one in map(Requirement, lines):
            if not one.marker or one.marker.evaluate({"extra": ""}):
                found.setdefault(canonicalize_name(one.name), {})[name] = one
    return found


def test_no_sdk_demands_a_version_that_another_excludes() -> None:
    """Decided by what is installed. On the day that this fails, give the SDK that differs an
    environment and a lock of its own: see requirements.in."""
    unmet = [
        f"{package}: {who} needs {one}, and {distribution(name).version} is installed"
        for package in SDKS
        for name, demands in demanded(package).items()
        for who, one in demands.items()
        if not one.specifier.contains(distribution(name).version, prereleases=True)
    ]
    assert unmet == []


def test_they_share_packages_that_could_exclude_each_other() -> None:
    """So the test above compares something: two SDKs demand versions of these."""
    shared = set.intersection(*(set(demanded(package)) for package in SDKS))
    assert "aiohttp" in shared or "pyjwt" in shared, shared
