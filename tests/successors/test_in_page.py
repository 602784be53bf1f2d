"""Why botbuilder's successors do not run in the page: what was tried, and what came of it."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import distribution, version
from pathlib import Path

import pytest

from samples.facts import facts
from tests.support import ROOT

# A browser starts no threads. The SDK's OpenTelemetry looks for its resources in one.
AS_IN_A_BROWSER = """
import threading

def refuse(thread):
    raise RuntimeError("can't start new thread")

threading.Thread.start = refuse
import microsoft_agents.hosting.core
"""


@pytest.mark.prove
def test_the_agents_sdk_starts_a_thread_when_it_is_imported() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", AS_IN_A_BROWSER], capture_output=True, text=True
    )
    assert done.stderr.endswith("RuntimeError: can't start new thread\n")
    assert "microsoft_agents/hosting/core/telemetry" in done.stderr


def test_the_teams_sdk_needs_what_is_not_plain_python() -> None:
    """Of the Agents SDK, pydantic-core is not plain either; of that there is a build."""
    for name in ("dependency-injector", "cffi", "pydantic-core"):
        assert "Root-Is-Purelib: false" in (distribution(name).read_text("WHEEL") or "")
    [reason] = [row["not_in_page"] for row in facts()["sdks"] if row["name"] == "Teams SDK"]
    assert "dependency-injector" in reason


@pytest.mark.prove
@pytest.mark.parametrize(
    ("name", "there"), [("pydantic-core", True), ("dependency-injector", False), ("cffi", False)]
)
def test_of_what_there_is_a_build_for_browsers(name: str, there: bool, tmp_path: Path) -> None:
    """On the day that this fails, try the SDK in the page again."""
    lock = ROOT / "node_modules" / "pyodide" / "pyodide-lock.json"
    page = json.loads(lock.read_text("utf-8"))["info"]
    python = "".join(page["python"].split(".")[:2])
    wanted = [
        *("--platform", f"pyemscripten_{page['abi_version']}_{page['arch']}"),
        *("--python-version", python, "--implementation", "cp", "--abi", f"cp{python}"),
    ]
    pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    done = subprocess.run(
        [*pip, *wanted, "--dest", str(tmp_path), f"{name}=={version(name)}"],
        capture_output=True,
        text=True,
    )
    assert (done.returncode == 0) is there, done.stderr
    assert there or "No matching distribution found" in done.stderr
