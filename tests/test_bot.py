"""samples/bot.py: sign in once an hour, and keep the connections."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

import pytest
import trustme
import urllib3.util.connection
from aiohttp import web
from aiohttp.typedefs import Handler
from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication

from samples.bot import Bot, Settings, connect
from samples.delivery import SEND_ERRORS, Failure
from samples.local_teams.server import make_app, serving
from samples.local_teams.world import World, contoso
from samples.to_person import message_person

LOGIN = "login.microsoftonline.com"


@dataclass
class Entra:
    """The token endpoint of a tenant, on this machine."""

    requests: list[str] = field(default_factory=list)
    secret: str = "the secret"

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.get("/{tenant}/v2.0/.well-known/openid-configuration", self._discover),
                web.post("/{tenant}/oauth2/v2.0/token", self._token),
                web.get("/common/discovery/instance", self._instance),
            ]
        )
        return app

    async def _discover(self, request: web.Request) -> web.Response:
        self.requests.append(f"GET {request.path}")
        tenant = f"https://{LOGIN}/{request.match_info['tenant']}"
        return web.json_response(
            {
                "issuer": f"{tenant}/v2.0",
                "authorization_endpoint": f"{tenant}/oauth2/v2.0/authorize",
                "token_endpoint": f"{tenant}/oauth2/v2.0/token",
            }
        )

    async def _instance(self, request: web.Request) -> web.Response:
        self.requests.append(f"GET {request.path}")
        return web.json_response({"metadata": []})

    async def _token(self, request: web.Request) -> web.Response:
        self.requests.append(f"POST {request.path}")
        form = await request.post()
        if form["client_secret"] != self.secret:
            refused = {"error": "invalid_client", "error_description": "Invalid client secret"}
            return web.json_response(refused, status=401)
        return web.json_response(
            {"token_type": "Bearer", "expires_in": 3600, "access_token": "local-token"}
        )


@pytest.fixture
def entra(monkeypatch: pytest.MonkeyPatch) -> Iterator[Entra]:
    """login.microsoftonline.com on this machine, with a certificate that `requests` trusts."""
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(LOGIN).configure_cert(tls)
    local = Entra()
    with authority.cert_pem.tempfile() as trusted, serving(local.app(), tls=tls) as url:
        port = int(url.rstrip("/").rpartition(":")[2])
        real = urllib3.util.connection.create_connection

        def here(address: tuple[str, int], *rest: object, **options: object) -> object:
            return real(("127.0.0.1", port) if address[0] == LOGIN else address, *rest, **options)

        monkeypatch.setattr(urllib3.util.connection, "create_connection", here)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", trusted)
        monkeypatch.setenv("MicrosoftAppId", contoso().bot_app_id)
        monkeypatch.setenv("MicrosoftAppPassword", local.secret)
        monkeypatch.setenv("MicrosoftAppTenantId", contoso().tenant_id)
        monkeypatch.delenv("MicrosoftAppType", raising=False)
        yield local


@dataclass
class Connector:
    """Local Teams that counts connections and keeps the tokens it was shown."""

    world: World
    url: str = ""
    connections: set[object] = field(default_factory=set)
    tokens: list[str] = field(default_factory=list)


@pytest.fixture
def connector() -> Iterator[Connector]:
    counting = Connector(contoso())
    app = make_app(counting.world)

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
    entra: Entra, connector: Connector, sending: Callable[[Bot, Connector], Awaitable[None]]
) -> None:
    await sending(connect(), connector)
    assert len(connector.world.personal_chat(connector.world.people[0]).messages) in (5, 30)
    tenant = contoso().tenant_id
    assert entra.requests == [
        f"GET /{tenant}/v2.0/.well-known/openid-configuration",
        f"POST /{tenant}/oauth2/v2.0/token",
    ]
    assert set(connector.tokens) == {"Bearer local-token"}
    # The SDK sends from asyncio's thread pool; each of its threads keeps one connection.
    assert len(connector.connections) <= min(32, (os.cpu_count() or 1) + 4)


async def test_the_stock_adapter_signs_in_twice_and_connects_anew_for_every_message(
    entra: Entra, connector: Connector
) -> None:
    """What bot.py is for. When this fails the SDK has changed, and bot.py may be shorter."""
    settings = Settings(contoso().bot_app_id, entra.secret, "SingleTenant", contoso().tenant_id)
    stock = CloudAdapter(ConfigurationBotFrameworkAuthentication(settings))
    await one_after_another(Bot(stock, settings.APP_ID), connector)
    assert len(entra.requests) == 2 * 5
    assert len(connector.connections) == 5


async def test_a_wrong_secret_is_told(
    entra: Entra, connector: Connector, monkeypatch: pytest.MonkeyPatch
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
    entra: Entra, monkeypatch: pytest.MonkeyPatch, kind: str, missing: str
) -> None:
    monkeypatch.setenv("MicrosoftAppType", kind)
    assert connect().id == f"28:{contoso().bot_app_id}"
    monkeypatch.delenv(missing)
    with pytest.raises(SystemExit, match=f"{missing} is not set"):
        connect()


async def test_the_adapter_asks_the_sdk_who_may_call(entra: Entra) -> None:
    """Inbound requests go through the same credentials: this app id is ours, another is not."""
    inner = connect().adapter.bot_framework_authentication._inner
    factory = inner._credentials_factory
    assert await factory.is_valid_app_id(contoso().bot_app_id)
    assert not await factory.is_valid_app_id("another")
    assert not await factory.is_authentication_disabled()
