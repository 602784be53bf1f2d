"""Sign in once an hour, and keep the connections."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication
from botbuilder.schema import (
    ConversationAccount,
    ConversationReference,
)
from botframework.connector import Channels
from msrest.async_client import SDKClientAsync

from samples.facts import facts
from samples.local_teams.model.contoso import contoso
from samples.local_teams.sign_in.authority import Authority
from samples.local_teams.sign_in.entra import LOGIN
from samples.shared.bot import Bot
from samples.shared.credentials import Credentials
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.sending import send as deliver
from tests.support.counting import Connector, at_once, one_after_another, send


@pytest.mark.parametrize("sending", [one_after_another, at_once])
async def test_we_sign_in_once_and_keep_the_connections(
    entra: Authority,
    connector: Connector,
    connected: Callable[[], Bot],
    sending: Callable[[Bot, Connector], Awaitable[None]],
) -> None:
    await sending(connected(), connector)
    assert len(connector.world.personal_chat(connector.world.people[0]).messages) in (5, 30)
    tenant = contoso().tenant_id
    assert entra.asked == [
        f"GET {LOGIN}/{tenant}/v2.0/.well-known/openid-configuration",
        f"POST {LOGIN}/{tenant}/oauth2/v2.0/token",
    ]
    [token] = set(connector.tokens)
    assert token.startswith("Bearer ey")
    # One connection for each message that was under way at the same time.
    assert len(connector.connections) <= (1 if sending is one_after_another else 30)


async def again(bot: Bot, connector: Connector) -> None:
    """Five messages in a chat that the bot knows."""
    ada = connector.world.people[0]
    reference = ConversationReference(
        channel_id=Channels.ms_teams,
        service_url=connector.url,
        conversation=ConversationAccount(id=connector.world.personal_chat(ada).id),
    )
    for _ in range(5):
        await deliver(bot, reference, "Hello")


@pytest.mark.parametrize("sending", [one_after_another, again])
async def test_the_stock_adapter_gets_a_token_and_connects_anew_for_every_message(
    entra: Authority,
    connector: Connector,
    monkeypatch: pytest.MonkeyPatch,
    sending: Callable[[Bot, Connector], Awaitable[None]],
) -> None:
    """What bot.py is for. When this fails the SDK has changed, and bot.py may be shorter.

    The pages read these numbers from facts.toml.
    """
    clients: list[object] = []
    make = SDKClientAsync.__init__

    def count(self: SDKClientAsync, *args: object) -> None:
        clients.append(self)
        make(self, *args)

    monkeypatch.setattr(SDKClientAsync, "__init__", count)
    settings = Credentials(
        contoso().bot_app_id, entra.password, "SingleTenant", contoso().tenant_id
    )
    stock = CloudAdapter(ConfigurationBotFrameworkAuthentication(settings))
    await sending(Bot(stock, settings.APP_ID), connector)
    counted = {
        "openid_configurations": sum(one.startswith("GET ") for one in entra.asked),
        "tokens": sum(one.startswith("POST ") for one in entra.asked),
        "connections": len(connector.connections),
        "clients": len(clients),
    }
    assert counted == {what: 5 * number for what, number in facts()["sdk"]["stock"].items()}


async def test_a_wrong_secret_is_told(
    entra: Authority,
    connector: Connector,
    connected: Callable[[], Bot],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MicrosoftAppPassword", "wrong")
    with pytest.raises(SEND_ERRORS) as caught:
        await send(connected(), connector)
    assert "Invalid client secret" in str(Failure.of(caught.value))
    assert connector.tokens == []
