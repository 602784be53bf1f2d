"""What tests share: Local Teams, a bot's environment, and databases."""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pytest_examples import run_code

from samples.facts import facts
from samples.local_teams.model.contoso import contoso
from samples.local_teams.model.teams import Conversation
from samples.local_teams.model.world import World
from samples.local_teams.server.signing_in import signing_in
from samples.local_teams.sign_in.authority import Authority
from samples.local_teams.testing import LocalTeams
from samples.runner import bot_process
from samples.runner.environment import environment
from samples.runner.recording import ticking
from samples.shared import retrying
from tests.support import forked, unsynced
from tests.support.postgresql import programs, server
from tests.support.programs import POSTGRESQL, require
from tests.support.thief import Thief, thieving

pytest_plugins = ["tests.support.complete", "tests.support.fuzzing"]

if sys.version_info < (3, 12):
    # pytest-examples 0.0.18 builds a traceback that Python 3.11 cannot hold, and pytest dies of it.
    run_code.create_example_traceback = lambda *_: None  # type: ignore[attr-defined]


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With several workers, let one have all the tests that share what is slow to start."""
    measured = config.getoption("cov_source", None) and not config.getoption("no_cov", False)
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if fixtures & {"database", "any_database"}:
            item.add_marker(pytest.mark.xdist_group("database"))
        for page in fixtures & {"loaded", "playground", "searching"}:  # which stays open
            item.add_marker(pytest.mark.xdist_group(page))
        # They read pages; what traces lines of samples doubles their time.
        if measured and "site" in fixtures:
            item.add_marker(pytest.mark.no_cover)
    items.sort(key=turn)


def turn(item: pytest.Item) -> int:
    """When a test has its turn, so that no worker waits: `make test` keeps this order.

    One worker builds the site for the notebooks' pages, while others do what needs no site. The
    long groups come before the short tests, which fill the workers evenly at the end.
    """
    site = "site" in getattr(item, "fixturenames", ())
    grouped = item.get_closest_marker("xdist_group") is not None
    if item.path.name == "test_notebooks.py":
        return 0 if site else 1
    if site:
        return 4 if grouped else 5
    return 2 if grouped else 3


@pytest.fixture(scope="session", autouse=True)
def bots_start_in_no_time() -> Iterator[None]:
    """Where a story starts its bot, which is most of what processes are started for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bot_process, "subprocess", forked)
        yield


@pytest.fixture(scope="session", autouse=True)
def databases_do_not_wait_for_the_disk() -> None:
    unsynced.leave_it_to_the_system()


@pytest.fixture(scope="session", autouse=True)
def no_file_of_settings() -> Iterator[None]:
    """A `.env` in this folder is the developer's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ENV_FILE", os.devnull)
        yield


@pytest.fixture
def world() -> World:
    """Contoso, where each message is one second after the last."""
    return contoso(clock=ticking())


@pytest.fixture
def chat(world: World) -> Conversation:
    """Ada's chat with the bot."""
    return world.personal_chat(world.people[0])


@pytest.fixture
def teams(world: World) -> Iterator[LocalTeams]:
    """Local Teams with Contoso in it, on a free port."""
    with LocalTeams(world) as running:
        running.disconnect()  # most tests have no bot, only a program that sends
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
def bot_database(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """Where a bot keeps things; what else it reads from the environment is set too."""
    monkeypatch.setenv("NOTIFY_TOKEN", "the token of the tests and nothing else")
    return environ["CONVERSATIONS_URL"]


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What is sent again is sent again at once; gives how long each wait would have been."""
    waits: list[float] = []

    def pause(*failure_and_attempt: Any) -> float:
        waits.append(true_pause(*failure_and_attempt))
        return 0.0

    true_pause = retrying.pause
    monkeypatch.setattr(retrying, "pause", pause)
    return waits


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
