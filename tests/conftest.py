"""What tests share: Local Teams, the built site, and a browser."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pytest_examples import run_code
from selenium import webdriver

from samples import delivery
from samples.facts import facts
from samples.local_teams import stories
from samples.local_teams.running import environment, ticking
from samples.local_teams.server import LocalTeams
from samples.local_teams.sign_in import Authority, signing_in
from samples.local_teams.world import contoso
from tests import forked
from tests.postgresql import programs, server
from tests.programs import CHROMIUM, DRIVER, POSTGRESQL, require
from tests.thief import Thief, thieving

pytest_plugins = ["tests.complete"]
ROOT = Path(__file__).parents[1]

if sys.version_info < (3, 12):
    # pytest-examples 0.0.18 builds a traceback that Python 3.11 cannot hold, and pytest dies of it.
    run_code.create_example_traceback = lambda *_: None  # type: ignore[attr-defined]


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With several workers, let one have all the tests that need a database server."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if fixtures & {"database", "any_database"}:
            item.add_marker(pytest.mark.xdist_group("database"))
        if "site" in fixtures:  # they read pages; what traces lines of samples doubles their time
            item.add_marker(pytest.mark.no_cover)


@pytest.fixture(scope="session", autouse=True)
def bots_start_in_no_time() -> Iterator[None]:
    """Where a story starts its bot, which is most of what processes are started for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stories, "subprocess", forked)
        yield


@pytest.fixture
def teams() -> Iterator[LocalTeams]:
    """Local Teams with Contoso in it, on a free port; each message one second after the last."""
    with LocalTeams(contoso(clock=ticking())) as running:
        yield running


@pytest.fixture
def environ(teams: LocalTeams, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """The environment of a sample that talks to `teams`."""
    variables = environment(teams.world, teams.service_url, str(tmp_path))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


@pytest.fixture
def in_a_tenant(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Authority]:
    """The environment of a bot that signs in, in the public cloud; Entra is on this machine."""
    authority = Authority.of(contoso())
    public = facts()["clouds"][0]["service_url"]
    changed = {"TEAMS_SERVICE_URL": public, "TEAMS_ALLOWED_SERVICE_URLS": ""}
    with signing_in(authority) as variables:
        for name, value in (variables | changed).items():
            monkeypatch.setenv(name, value)
        yield authority


@pytest.fixture
def thief() -> Iterator[Thief]:
    """A server that is not Teams, and keeps what it is sent."""
    with thieving() as running:
        yield running


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What is sent again is sent again at once; gives how long each wait would have been."""
    waits: list[float] = []

    def pause(*failure_and_attempt: Any) -> float:
        waits.append(true_pause(*failure_and_attempt))
        return 0.0

    true_pause = delivery.pause
    monkeypatch.setattr(delivery, "pause", pause)
    return waits


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
        end = time.monotonic() + 300
        while not complaint.exists():
            assert time.monotonic() < end, "another worker does not get the site built"
            time.sleep(0.05)
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
    told = complaint.read_text("utf-8")
    assert not told, told
    return folder


@pytest.fixture(scope="session")
def chromium() -> Iterator[webdriver.Chrome]:
    """Headless Chromium. Without one, these tests are left out."""
    options = webdriver.ChromeOptions()
    options.binary_location = require(CHROMIUM.path, CHROMIUM.name)
    driver = require(DRIVER.path, DRIVER.name)
    for flag in (
        *("headless=new", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run"),
        *("disable-background-networking", "disable-component-update", "disable-sync"),
    ):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    running = webdriver.Chrome(options, webdriver.ChromeService(driver))
    try:
        yield running
    finally:
        running.quit()


@pytest.fixture
def browser(chromium: webdriver.Chrome, request: pytest.FixtureRequest) -> webdriver.Chrome:
    """The browser. For the site, whose tests read its log, it is empty: the page of an earlier test
    would complain there that its Local Teams has stopped."""
    if "site" in request.fixturenames:
        chromium.get("about:blank")
    return chromium


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A PostgreSQL server."""
    require(programs(), POSTGRESQL)
    with server() as address:
        yield address


@pytest.fixture
def database(postgresql: str) -> Iterator[str]:
    """An empty PostgreSQL database, as SQLAlchemy calls it."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(f"{postgresql}postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield f"{postgresql.replace('postgresql:', 'postgresql+psycopg:', 1)}{name}"


@pytest.fixture(params=["sqlite", "postgresql"])
def any_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/some.db"
    return str(request.getfixturevalue("database"))
