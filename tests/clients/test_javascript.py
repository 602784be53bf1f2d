"""Microsoft's SDKs for JavaScript, as npm has them, write to a person in Local Teams.

package.json and package-lock.json in this folder pin them.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT
from tests.support.other_languages import other_program

HERE = Path(__file__).parent
INSTALLED = ROOT / ".cache" / "clients"
SDKS = ["botbuilder", "agents", "teams"]

pytestmark = [pytest.mark.prove, pytest.mark.xdist_group("npm")]


@pytest.fixture(scope="module")
def installed_clients() -> Path:
    """A folder with the programs and the packages that they import."""
    INSTALLED.mkdir(parents=True, exist_ok=True)
    lock = (HERE / "package-lock.json").read_bytes()
    done = INSTALLED / ".made-from-lock"
    for path in (*HERE.glob("*.mjs"), *HERE.glob("*.json"), ROOT / ".npmrc"):
        shutil.copy(path, INSTALLED)
    if not done.exists() or done.read_bytes() != lock:
        npm = Path(sys.executable).with_name("npm")
        command = [str(npm) if npm.exists() else "npm", "ci", "--ignore-scripts", "--no-audit"]
        subprocess.run([*command, "--no-fund"], cwd=INSTALLED, check=True, timeout=500)
        done.write_bytes(lock)
    return INSTALLED


@pytest.mark.parametrize("signed_in", [False, True], ids=["anonymous", "signed in"])
@pytest.mark.parametrize("sdk", SDKS)
def test_a_client_sends(installed_clients: Path, sdk: str, signed_in: bool) -> None:
    program = installed_clients / f"{sdk}.mjs"
    with other_program("node", program, signed_in=signed_in) as done:
        assert done.status == 0, done.errors
        assert done.teams.chat("Ada").texts == [f"Hello from {sdk}"]
        tokens = [one.request.headers.get("Authorization", "") for one in done.teams.wire]
        assert all(token.startswith("Bearer eyJ") for token in tokens) == signed_in


def test_its_default_host_is_local_teams(installed_clients: Path) -> None:
    """Nothing tells the Teams SDK where to send: it asks smba.trafficmanager.net."""
    program = installed_clients / "teams.mjs"
    with other_program("node", program, signed_in=True, TEAMS_SERVICE_URL="") as done:
        assert done.status == 0, done.errors
        assert done.teams.chat("Ada").texts == ["Hello from teams"]
        assert all(one.request.path.startswith("/teams/v3/") for one in done.teams.wire)
