"""The built site, and the browser that reads it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from samples.local_teams.testing import LocalTeams
from tests.support import ROOT
from tests.support.browsing import Screen, chromium
from tests.support.programs import IN_PAGE, require
from tests.support.running_in_page import PAGE, Sample
from tests.support.searching import READY, START
from tests.support.serving import served
from tests.support.teams_page import Page
from tests.support.waiting import eventually


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site, built strictly from elsewhere, once for all tests of all workers.

    In a process of its own, which nobody traces: traced for coverage it takes three times as long.
    """
    here = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        here = here.parent  # which all workers share
    folder, complaint = here / "site", here / "complaint of the site"
    try:
        folder.mkdir()
    except FileExistsError:  # another worker is at it, or was
        eventually(complaint.exists, within=500)
    else:
        built = subprocess.run(
            [
                *(sys.executable, "-m", "mkdocs", "build", "--strict"),
                *("--config-file", str(ROOT / "mkdocs.yml"), "--site-dir", str(folder)),
            ],
            cwd=here,
            env={name: value for name, value in os.environ.items() if "COVERAGE" not in name},
            capture_output=True,
            text=True,
            check=False,
        )
        part = complaint.with_suffix(".part")
        part.write_text(built.stderr if built.returncode else "", "utf-8")
        part.replace(complaint)
    text = complaint.read_text("utf-8")
    assert not text, text
    return folder


@pytest.fixture(scope="session")
def site_url(site: Path) -> Iterator[str]:
    """The address of the site, one for all tests, so that the browser keeps what it loaded."""
    with served(site) as url:
        yield url


@pytest.fixture(scope="session")
def runs_samples(site: Path, site_url: str) -> str:
    """The address of the site, with what runs samples. Without npm its tests are skipped."""
    missing = json.loads((site / "assets/run/run.json").read_text("utf-8")).get("missing")
    require(not missing, IN_PAGE)
    return site_url


@pytest.fixture(scope="session")
def one_browser() -> Iterator[Screen]:
    with chromium() as driver:
        yield Screen(driver)


@pytest.fixture
def screen(one_browser: Screen) -> Iterator[Screen]:
    """The browser, empty, of its usual size, and with nothing in its logs: the page of an earlier
    test would complain there that its Local Teams has stopped."""
    one_browser.open("about:blank")
    one_browser.requests()
    one_browser.complaints()
    yield one_browser
    one_browser.as_before()


@pytest.fixture
def visited(runs_samples: str, screen: Screen) -> Sample:
    """The first sample, on its page."""
    screen.open(runs_samples + PAGE)
    return Sample.on(screen, "to_person")


@pytest.fixture
def loaded(runs_samples: str, screen: Screen) -> Sample:
    """The first sample, anew, on its page, which stays open: Python, once loaded, stays for all
    tests.

    To load it takes more time than most runs.
    """
    address = runs_samples + PAGE
    if screen.choose_tab("samples"):
        screen.open(address)
    assert screen.address().has(address), (
        "a test that leaves the page needs one of its own: visited"
    )
    screen.wear("default")
    return Sample.anew(screen, "to_person")


@pytest.fixture
def searching(site_url: str, screen: Screen) -> Screen:
    """A page of the site, where `asked` gives what the search worker finds.

    It stays open: most of a test's time is the index that the worker builds.
    """
    if screen.choose_tab("search"):
        screen.without_policy()  # some tests have a worker of their own
        screen.open(f"{site_url}reference/licenses/")
        screen.run(START, "asked", None, None)
    assert screen.value("return asked && ready") == READY
    return screen


@pytest.fixture
def page(teams: LocalTeams, screen: Screen) -> Page:
    """The page of Local Teams, as the site has it."""
    return Page.of(teams, screen)
