"""A pytest plugin: the fixture `teams`, for tests of a bot without a tenant.

It comes with the installed package. `--teams-bot` or `teams_bot` in pytest's configuration says
where the bot listens when it runs in a process of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ..server.app import LocalTeams


def pytest_addoption(parser: pytest.Parser) -> None:
    told = "where the bot that tests talk to listens, e.g. http://127.0.0.1:3978/api/messages"
    parser.addoption("--teams-bot", metavar="URL", default="", help=told)
    parser.addini("teams_bot", told, default="")


@pytest.fixture
def teams(request: pytest.FixtureRequest) -> Iterator[LocalTeams]:
    """Local Teams with Contoso in it, on a free port, new for each test."""
    from ..server.app import LocalTeams  # not before a test asks for it: it takes a moment

    with LocalTeams() as running:
        config = request.config
        running.bot = config.getoption("--teams-bot") or config.getini("teams_bot") or None
        yield running
