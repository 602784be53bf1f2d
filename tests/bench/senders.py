"""Who sends while it is measured: bot.py, the SDK's two adapters, and posts without any SDK."""

from __future__ import annotations

import os
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import (
    AbstractAsyncContextManager,
    asynccontextmanager,
)
from typing import Any

import aiohttp
from botbuilder.core import BotFrameworkAdapter, BotFrameworkAdapterSettings, TurnContext
from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication
from botbuilder.schema import ChannelAccount, ConversationAccount, ConversationReference
from botframework.connector.auth import ClaimsIdentity

from samples.local_teams.model.contoso import contoso
from samples.shared.bot import Bot, connect
from samples.shared.credentials import Credentials
from samples.shared.sending import send
from tests.bench.services import APP, TENANT

TEXT = "The build is green again."

Send = Callable[[], Awaitable[Any]]
Kind = Callable[[str], AbstractAsyncContextManager[Send]]


def _reference(url: str) -> ConversationReference:
    return ConversationReference(
        channel_id="msteams",
        service_url=url,
        bot=ChannelAccount(id=f"28:{APP}", name="Contoso Notifier"),
        user=ChannelAccount(id=contoso().people[0].id),
        conversation=ConversationAccount(
            id="a:1za5zbIuZVoD99yu471UEcwVE0samVU1r6mOa7nbSd3QFJv",
            conversation_type="personal",
            tenant_id=TENANT,
        ),
    )


@asynccontextmanager
async def raw(url: str) -> AsyncIterator[Send]:
    """Posts of the same JSON with aiohttp, and no SDK."""
    body = {
        "type": "message",
        "serviceUrl": url,
        "channelId": "msteams",
        "from": {"id": f"28:{APP}", "name": "Contoso Notifier"},
        "recipient": {"id": contoso().people[0].id},
        "conversation": {"conversationType": "personal", "id": "a:1", "tenantId": TENANT},
        "text": TEXT,
        "inputHint": "acceptingInput",
    }
    tls: Any = True
    if url.startswith("https"):
        tls = ssl.create_default_context(cafile=os.environ["REQUESTS_CA_BUNDLE"])
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=tls)) as session:

        async def post() -> None:
            headers = {"Authorization": "Bearer local-token"}
            path = f"{url}v3/conversations/a%3A1/activities"
            async with session.post(path, json=body, headers=headers) as answer:
                await answer.json()

        yield post


@asynccontextmanager
async def ours(url: str) -> AsyncIterator[Send]:
    """samples/shared/bot.py"""
    bot, reference = connect(), _reference(url)
    yield lambda: send(bot, reference, TEXT)


@asynccontextmanager
async def fast(url: str) -> AsyncIterator[Send]:
    """samples/shared/bot.py with fast.py"""
    bot, reference = connect(fast=True), _reference(url)
    yield lambda: send(bot, reference, TEXT)


@asynccontextmanager
async def stock(url: str) -> AsyncIterator[Send]:
    """The SDK's CloudAdapter, as its samples make it."""
    settings = Credentials(*_credentials())
    adapter = CloudAdapter(ConfigurationBotFrameworkAuthentication(settings))
    bot, reference = Bot(adapter, settings.APP_ID), _reference(url)
    yield lambda: send(bot, reference, TEXT)


@asynccontextmanager
async def legacy(url: str) -> AsyncIterator[Send]:
    """The SDK's older BotFrameworkAdapter."""
    app_id, password, _, tenant = _credentials()
    adapter = BotFrameworkAdapter(BotFrameworkAdapterSettings(app_id, password, tenant or None))
    reference = _reference(url)

    async def on_turn(turn: TurnContext) -> None:
        await turn.send_activity(TEXT)

    async def post() -> None:
        if app_id:
            await adapter.continue_conversation(reference, on_turn, app_id)
        else:  # for any app id this adapter would go to the token endpoint
            claims = ClaimsIdentity({}, True)
            await adapter.continue_conversation(reference, on_turn, claims_identity=claims)

    yield post


def _credentials() -> tuple[str, str, str, str]:
    if app_id := os.environ["MicrosoftAppId"]:
        return app_id, os.environ["MicrosoftAppPassword"], "SingleTenant", TENANT
    return "", "", "MultiTenant", ""
