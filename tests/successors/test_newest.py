"""What test_unsaid.py says of the SDKs, asked of their newest releases: what changed is printed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT

TESTS = [
    *(f"tests/successors/test_{name}.py" for name in ("unsaid", "failures", "side_by_side")),
    "tests/shared/test_references.py",
]
SDKS = ("microsoft-agents-hosting-aiohttp", "microsoft-teams-apps", "microsoft-teams-botbuilder")


def test_what_is_asked_of_them_is_there() -> None:
    assert all((ROOT / path).is_file() for path in TESTS)


@pytest.mark.prove
def test_the_newest_releases_do_what_the_locked_ones_do(tmp_path: Path) -> None:
    install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps"]
    ours = subprocess.run(
        [sys.executable, "-m", "uv", "pip", "freeze"], capture_output=True, text=True, check=True
    ).stdout
    names = re.findall(r"^(microsoft-(?:agents|teams)-[a-z-]+)==", ours, re.M)
    assert set(SDKS) <= set(names)
    subprocess.run([*install, "--target", str(tmp_path), *names], check=True)
    newest = sorted(path.name.removesuffix(".dist-info") for path in tmp_path.glob("*.dist-info"))
    print("The newest releases:", ", ".join(newest))
    # Both are namespace packages: what comes first on the path is imported.
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n0", "--no-cov", "-p", "no:cacheprovider", *TESTS],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    changed = re.findall(r"^FAILED .*$", done.stdout, re.M)
    assert done.returncode == 0, "\n".join([*newest, *changed, done.stdout[-4000:]])
