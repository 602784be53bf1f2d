"""The quick serializer against the SDK's."""

from __future__ import annotations

from datetime import UTC, datetime

import botframework.connector.models
from botbuilder.core import CardFactory
from botbuilder.schema import (
    ActionTypes,
    Activity,
    ActivityTypes,
    CardAction,
    ChannelAccount,
    ConversationAccount,
    ConversationParameters,
    HeroCard,
    Mention,
    RoleTypes,
    SuggestedActions,
)
from botbuilder.schema.teams import TeamsChannelData, TenantInfo
from msrest.serialization import Serializer

from samples.shared.fast import QuickSerializer


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
        assert quick.body(message, kind) == stock.body(message, kind)
