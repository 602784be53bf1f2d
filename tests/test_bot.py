"""samples/bot.py: sign in once an hour, and keep the connections."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication

from samples.bot import Bot, Settings, connect
from samples.delivery import SEND_ERRORS, Failure
from samples.local_teams.server import make_app, serving
from samples.local_teams.sign_in import LOGIN, Authority, signing_in
from samples.local_teams.world import World, contoso
from samples.to_person import message_person


@pytest.fixture
def entra(monkeypatch: pytest.MonkeyPatch) -> Iterator[Authority]:
    """Contoso's sign-in on this machine, and an environment that leads there."""
    authority = Authority.of(contoso())
    with signing_in(authority) as variables:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("MicrosoftAppType")  # SingleTenant unless it says otherwise
        yield authority


@dataclass
class Connector:
    """Local Teams that demands tokens, counts connections and keeps the tokens it was shown."""

    world: World
    url: str = ""
    connections: set[object] = field(default_factory=set)
    tokens: list[str] = field(default_factory=list)


@pytest.fixture
def connector(entra: Authority) -> Iterator[Connector]:
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
        yield counting


async def send(bot: Bot, connector: Connector) -> None:
    await message_person(
        bot,
        service_url=connector.url,
        tenant_id=connector.world.tenant_id,
        user_id=connector.world.people[0].id,
        text="Hello",
    )


async def one_after_another(bot: Bot, connector: Connector) -> None:
    for _ in range(5):
        await send(bot, connector)


async def at_once(bot: Bot, connector: Connector) -> None:
    await asyncio.gather(*(send(bot, connector) for _ in range(30)))


@pytest.mark.parametrize("sending", [one_after_another, at_once])
async def test_we_sign_in_once_and_keep_the_connections(
    entra: Authority, connector: Connector, sending: Callable[[Bot, Connector], Awaitable[None]]
) -> None:
    await sending(connect(), connector)
    assert len(connector.world.personal_chat(connector.world.people[0]).messages) in (5, 30)
    tenant = contoso().tenant_id
    assert entra.asked == [
        f"GET {LOGIN}/{tenant}/v2.0/.well-known/openid-configuration",
        f"POST {LOGIN}/{tenant}/oauth2/v2.0/token",
    ]
    [token] = set(connector.tokens)
    assert token.startswith("Bearer ey")
    # The SDK sends from asyncio's thread pool; each of its threads keeps one connection.
    assert len(connector.connections) <= min(32, (os.cpu_count() or 1) + 4)


async def test_the_stock_adapter_signs_in_twice_and_connects_anew_for_every_message(
    entra: Authority, connector: Connector
) -> None:
    """What bot.py is for. When this fails the SDK has changed, and bot.py may be shorter."""
    settings = Settings(contoso().bot_app_id, entra.password, "SingleTenant", contoso().tenant_id)
    stock = CloudAdapter(ConfigurationBotFrameworkAuthentication(settings))
    await one_after_another(Bot(stock, settings.APP_ID), connector)
    assert len(entra.asked) == 2 * 5
    assert len(connector.connections) == 5


async def test_a_wrong_secret_is_told(
    entra: Authority, connector: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MicrosoftAppPassword", "wrong")
    with pytest.raises(SEND_ERRORS) as caught:
        await send(connect(), connector)
    assert "Invalid client secret" in str(Failure.of(caught.value))
    assert connector.tokens == []


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        ("SingleTenant", "MicrosoftAppPassword"),
        ("SingleTenant", "MicrosoftAppTenantId"),
        ("MultiTenant", "MicrosoftAppPassword"),
        ("UserAssignedMSI", "MicrosoftAppTenantId"),
    ],
)
def test_what_each_kind_of_bot_needs(
    entra: Authority, monkeypatch: pytest.MonkeyPatch, kind: str, missing: str
) -> None:
    monkeypatch.setenv("MicrosoftAppType", kind)
    assert connect().id == f"28:{contoso().bot_app_id}"
    monkeypatch.delenv(missing)
    with pytest.raises(SystemExit, match=f"{missing} is not set"):
        connect()


async def test_the_adapter_asks_the_sdk_who_may_call(entra: Authority) -> None:
    """Inbound requests go through the same credentials: this app id is ours, another is not."""
    inner = connect().adapter.bot_framework_authentication._inner
    factory = inner._credentials_factory
    assert await factory.is_valid_app_id(contoso().bot_app_id)
    assert not await factory.is_valid_app_id("another")
    assert not await factory.is_authentication_disabled()
