"""A pytest plugin: the fixture `teams`, for tests of a bot without a tenant.

The installed package brings it. `--teams-bot`, or `teams_bot` in pytest's configuration, is the
address of a bot that runs in a process of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .local_teams import LocalTeams


def pytest_addoption(parser: pytest.Parser) -> None:
    help_text = "where the bot under test listens, e.g. http://127.0.0.1:3978/api/messages"
    parser.addoption("--teams-bot", metavar="URL", default="", help=help_text)
    parser.addini("teams_bot", help_text, default="")


@pytest.fixture
def teams(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[LocalTeams]:
    """Local Teams with Contoso in it, on a free port, new for each test.

    Sets the variables of `LocalTeams.environment` for the test, so that a bot of this guide sends
    here and does not sign in. What it stores is gone with the test.
    """
    # Not before a test asks for it: it takes a moment.
    from ..to_bot.deliveries import messaging_endpoint
    from .local_teams import LocalTeams

    url = request.config.getoption("--teams-bot") or request.config.getini("teams_bot")
    with LocalTeams() as running:
        running.deliveries.url = messaging_endpoint(url) if url else None
        databases = {
            "CONVERSATIONS_URL": f"sqlite:///{tmp_path}/conversations.db",
            "OUTBOX_URL": f"sqlite:///{tmp_path}/outbox.db",
        }
        for name, value in (running.environment | databases).items():
            monkeypatch.setenv(name, value)
        yield running
