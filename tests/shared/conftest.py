"""Contoso's sign-in, and Local Teams that demands its tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler

from samples.local_teams.model.contoso import contoso
from samples.local_teams.server.app import make_app
from samples.local_teams.server.serving import serving
from samples.local_teams.server.signing_in import signing_in
from samples.local_teams.sign_in.authority import Authority
from samples.shared.bot import Bot, connect
from samples.shared.conversations import Conversations
from samples.shared.settings import CLI_NAMES
from tests.support.counting import Connector


@pytest.fixture(params=[False, True], ids=["default", "fast"])
def connected(request: pytest.FixtureRequest) -> Callable[[], Bot]:
    """`connect`, in both of its modes: what they guarantee is the same."""
    return partial(connect, fast=request.param)


@pytest.fixture
def entra(monkeypatch: pytest.MonkeyPatch) -> Iterator[Authority]:
    """Contoso's sign-in on this machine, and an environment that leads there."""
    authority = Authority.of(contoso())
    with signing_in(authority) as variables:
        # Under one name each: a test may leave one out.
        for name, value in (variables | dict.fromkeys(CLI_NAMES.values(), "")).items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("MicrosoftAppType")  # SingleTenant unless it says otherwise
        yield authority


@pytest.fixture
def connector(entra: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connector]:
    counting = Connector(contoso())
    app = make_app(counting.world, authority=entra)

    @web.middleware
    async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
        assert request.transport
        counting.connections.add(request.transport.get_extra_info("peername"))
        counting.tokens.append(request.headers.get("Authorization", ""))
        return await handler(request)

    app.middlewares.append(count)
    with serving(app) as counting.url:
        monkeypatch.setenv("TEAMS_ALLOWED_SERVICE_URLS", counting.url)
        yield counting


@pytest.fixture
def conversations(tmp_path: Path) -> Conversations:
    return Conversations(f"sqlite:///{tmp_path}/conversations.db")
