"""What tests need besides the packages of requirements.txt, how it is found and what brings it.

`python -m tests.support.programs` installs the browsers; it is what `make browsers` and CI run. A
test that needs what is missing is left out, except in CI, where it fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

Found = TypeVar("Found")


@dataclass(frozen=True)
class Browser:
    """A program, by the commands it is called by and the Debian packages that bring it."""

    name: str
    commands: tuple[str, ...]
    packages: tuple[str, ...]

    @property
    def path(self) -> str | None:
        """Where the program is; None when it is not installed."""
        return next((path for path in map(shutil.which, self.commands) if path), None)


# Its shell draws pages as Chromium does, with half the work: it has no window.
# Without a font, Chromium draws no letters, and every text is as wide as another.
CHROMIUM = Browser(
    "Chromium",
    ("chromium-headless-shell", "chromium", "google-chrome"),
    ("chromium-headless-shell", "fonts-dejavu-core"),
)
DRIVER = Browser("Chromium's driver", ("chromedriver",), ("chromium-driver",))
FIREFOX = Browser("Firefox", ("firefox-esr", "firefox"), ("firefox-esr",))
BROWSERS = (CHROMIUM, DRIVER, FIREFOX)

GIT = "a Git checkout"
IN_PAGE = "Python for the page"
NODE = "Node"
NPM = "the npm packages"
POSTGRESQL = "PostgreSQL"
REMEDIES = {
    **{browser.name: "make browsers" for browser in BROWSERS},
    GIT: "git clone this repository",
    IN_PAGE: "make site",
    NODE: "make test on a machine that PyPI has Node for: see requirements.in",
    NPM: "make site",
    POSTGRESQL: "make test on a machine that PyPI has PostgreSQL for: see requirements.in",
}

LACKS = "not here: "  # a skip with this reason left a test out for want of what follows


def require(found: Found | None, name: str) -> Found:
    """What a test needs, if it was found.

    Args:
        found: The path, module or folder; empty or None when it is missing.
        name: A key of REMEDIES.

    Raises:
        pytest.skip.Exception: it is missing, so the test is left out.
        pytest.fail.Exception: it is missing where CI=true.
    """
    if found:
        return found
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI leaves nothing out, and {name} is missing. Run: {REMEDIES[name]}")
    pytest.skip(f"{LACKS}{name}")


def node() -> str | None:
    """Where Node is: beside Python, as PyPI brings it, or the machine's own; None without one."""
    beside = str(Path(sys.executable).parent)
    return shutil.which("node", path=os.pathsep.join([beside, *os.get_exec_path()]))


def install() -> None:
    """Install the browsers that are missing, with apt-get.

    Raises:
        SystemExit: there is no apt-get, or it failed.
    """
    missing = [browser for browser in BROWSERS if not browser.path]
    if not missing:
        return
    if not shutil.which("apt-get"):
        wanted = "; ".join(f"{it.name} as {' or '.join(it.commands)}" for it in missing)
        sys.exit(f"There is no apt-get here. Install these so that the PATH finds them: {wanted}")
    get = [*(["sudo"] if os.geteuid() else []), "apt-get"]
    packages = [package for browser in missing for package in browser.packages]
    for command in (
        [*get, "update", "-qq"],
        [*get, "install", "-qq", "--yes", "--no-install-recommends", *packages],
    ):
        if subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode:
            sys.exit(f"This failed: {' '.join(command)}")


if __name__ == "__main__":
    install()
