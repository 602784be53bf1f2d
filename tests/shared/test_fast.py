"""The quick serializer against the SDK's, and who gets it."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import botframework.connector.models
import pytest
from botbuilder.core import BotAdapter, CardFactory, TurnContext
from botbuilder.schema import (
    ActionTypes,
    Activity,
    ActivityTypes,
    CardAction,
    ChannelAccount,
    ConversationAccount,
    ConversationParameters,
    ConversationReference,
    HeroCard,
    Mention,
    RoleTypes,
    SuggestedActions,
)
from botbuilder.schema.teams import TeamsChannelData, TenantInfo
from botframework.connector.aio.operations_async import ConversationsOperations
from msrest.serialization import Serializer

from samples.local_teams.testing import LocalTeams
from samples.shared import transport
from samples.shared.bot import Bot, connect
from samples.shared.failure import SEND_ERRORS
from samples.shared.fast import QuickConversations, QuickSerializer, exclude_imports_from_gc
from samples.shared.sending import reference_to, send


def test_the_quick_serializer_makes_the_sdks_json() -> None:
    ada = ChannelAccount(id="29:ada", name="Ada", role=RoleTypes.user, properties={"a": None})
    everything = Activity(
        type=ActivityTypes.message,
        text="<at>Ada</at>, look",
        text_format="xml",
        importance="high",
        timestamp=datetime(2026, 1, 5, 9, tzinfo=UTC),
        value={"a": [1, None, {"b": 2.5}]},
        value_type=7,
        from_property=ada,
        conversation=ConversationAccount(id="19:a;messageid=1", is_group=True, tenant_id="t"),
        entities=[Mention(mentioned=ada, text="<at>Ada</at>", type="mention")],
        attachments=[
            CardFactory.hero_card(
                HeroCard(
                    title="Build",
                    buttons=[
                        CardAction(
                            type=ActionTypes.open_url, title="Open", value="https://example.com"
                        )
                    ],
                )
            )
        ],
        suggested_actions=SuggestedActions(to=["29:ada"], actions=[]),
        members_added=[],
        channel_data=TeamsChannelData(tenant=TenantInfo(id="t")),
    )
    person = ConversationParameters(members=[ada], is_group=False, channel_data={"tenant": None})
    named = vars(botframework.connector.models)
    models = {name: kind for name, kind in named.items() if isinstance(kind, type)}
    stock, quick = Serializer(models), QuickSerializer(models)
    plain = {"type": "message", "text": "Hello"}
    for message, kind in (
        (everything, "Activity"),
        (plain, "Activity"),
        (person, "ConversationParameters"),
    ):
        assert json.loads(quick.json(message, kind)) == stock.body(message, kind)


def test_what_is_imported_is_frozen_only_when_asked(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen: list[bool] = []
    exclude_imports_from_gc.cache_clear()
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(True))
    connect()
    assert frozen == []
    connect(fast=True)
    connect(fast=True)
    assert frozen == [True]


@pytest.mark.parametrize("fast", [False, True])
async def test_only_a_fast_bot_replaces_the_sdks_client(
    environ: dict[str, str], teams: LocalTeams, fast: bool
) -> None:
    clients: list[object] = []

    async def on_turn(turn: TurnContext) -> None:
        client = turn.turn_state[BotAdapter.BOT_CONNECTOR_CLIENT_KEY]
        clients.append(type(client.conversations))

    bot = connect(fast=fast)
    chat = teams.world.personal_chat(teams.world.people[0])
    reference = ConversationReference(
        channel_id="msteams",
        service_url=teams.service_url,
        conversation=ConversationAccount(id=chat.id),
    )
    await bot.adapter.continue_conversation(reference, on_turn, bot.app_id)
    assert clients == [QuickConversations if fast else ConversationsOperations]


@pytest.mark.parametrize(
    ("body", "result"),
    [(b'{"id": "7"}', "7"), (b"", ""), (b"{}", None), (b"<html>", SEND_ERRORS)],
)
async def test_a_strange_answer_to_a_post_is_what_the_sdk_makes_of_it(
    connected: Callable[[], Bot],
    environ: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    body: bytes,
    result: Any,
) -> None:
    async def carry(*_: Any) -> Any:
        return 201, {"Content-Type": "application/json"}, body

    monkeypatch.setattr(transport, "transport", carry)
    bot = connected()
    to = reference_to(bot, service_url=environ["TEAMS_SERVICE_URL"], conversation_id="a:1")
    if result is SEND_ERRORS:
        with pytest.raises(SEND_ERRORS):
            await send(bot, to, "Hello")
    else:
        assert await send(bot, to, "Hello") == result
