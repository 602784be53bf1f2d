"""What the guide says of a turn: what a proactive one shares with an incoming one, and lacks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from botbuilder.core import (
    ActivityHandler,
    ConversationState,
    MemoryStorage,
    Middleware,
    TurnContext,
    UserState,
)
from botbuilder.schema import Activity, ChannelAccount, ConversationReference

from samples.local_teams.model.teams import Conversation
from samples.local_teams.testing import LocalTeams
from samples.shared.bot import Bot, connect
from samples.shared.sending import reference_to


@pytest.fixture
def turning_bot(environ: dict[str, str]) -> Bot:
    return connect()


@pytest.fixture
def turn_reference(
    turning_bot: Bot, teams: LocalTeams, chat: Conversation
) -> ConversationReference:
    return reference_to(turning_bot, service_url=teams.service_url, conversation_id=chat.id)


@pytest.fixture
def incoming(turn_reference: ConversationReference, teams: LocalTeams) -> Activity:
    return Activity(
        type="message",
        channel_id=turn_reference.channel_id,
        service_url=turn_reference.service_url,
        conversation=turn_reference.conversation,
        recipient=turn_reference.bot,
        from_property=ChannelAccount(id=teams.world.people[0].id),
    )


class Listener(ActivityHandler):
    async def on_event(self, turn_context: TurnContext) -> None:
        activity = turn_context.activity
        assert activity.text is activity.channel_data is activity.from_property is None
        await turn_context.send_activity(f"on_event: {activity.name.value}")


async def test_the_bots_own_handler_gets_an_event_and_middleware_sees_it(
    turning_bot: Bot, turn_reference: ConversationReference, chat: Conversation
) -> None:
    seen = []

    class Seeing(Middleware):
        async def on_turn(
            self, context: TurnContext, logic: Callable[[TurnContext], Awaitable[Any]]
        ) -> None:
            seen.append(context.activity.type)
            await logic()  # type: ignore[call-arg]  # the SDK passes one without arguments

    turning_bot.adapter.use(Seeing())
    await turning_bot.adapter.continue_conversation(
        turn_reference, Listener().on_turn, turning_bot.app_id
    )
    assert seen == ["event"]
    assert [message["text"] for message in chat.messages] == ["on_event: ContinueConversation"]


async def test_conversation_state_is_that_of_incoming_turns_and_user_state_needs_the_person(
    turning_bot: Bot, turn_reference: ConversationReference, incoming: Activity
) -> None:
    storage = MemoryStorage()
    conversation, user = ConversationState(storage), UserState(storage)
    count, name = conversation.create_property("count"), user.create_property("name")

    async def hear(turn: TurnContext) -> None:
        await count.set(turn, 1)
        await name.set(turn, "Ada")
        await conversation.save_changes(turn)
        await user.save_changes(turn)

    found = []

    async def recall(turn: TurnContext) -> None:
        found.append(await count.get(turn))
        found.append(await name.get(turn))

    await turning_bot.adapter.process_activity("", incoming, hear)
    with pytest.raises(AttributeError, match="'NoneType' object has no attribute 'id'"):
        await turning_bot.adapter.continue_conversation(turn_reference, recall, turning_bot.app_id)
    turn_reference.user = incoming.from_property
    await turning_bot.adapter.continue_conversation(turn_reference, recall, turning_bot.app_id)
    assert found == [1, 1, "Ada"]


async def test_a_proactive_turn_has_a_client_for_the_persons_tokens(
    turning_bot: Bot, turn_reference: ConversationReference
) -> None:
    clients = []

    async def look(turn: TurnContext) -> None:
        clients.append(turn.turn_state["UserTokenClient"])

    await turning_bot.adapter.continue_conversation(turn_reference, look, turning_bot.app_id)
    assert [callable(client.get_user_token) for client in clients] == [True]
