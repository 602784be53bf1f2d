"""The requests of the successors' own clients, against Local Teams: open, post, update, delete."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from microsoft_agents.activity import (
    Activity,
    ChannelAccount,
    ConversationParameters,
)
from microsoft_agents.hosting.core.connector.client import ConnectorClient
from microsoft_teams.api import (
    Account,
    CreateConversationParams,
    MessageActivityInput,
)
from microsoft_teams.api.clients import ApiClient

from samples.local_teams.model.teams import Conversation
from samples.local_teams.testing import LocalTeams
from tests.support.successors import QUIET

pytestmark = QUIET


def texts(conversation: Conversation) -> list[str]:
    return [m.get("text", "(deleted)") for m in conversation.messages]


# -- Microsoft 365 Agents SDK ----------------------------------------------------------------------


@pytest.fixture
async def agents(teams: LocalTeams) -> AsyncIterator[Any]:
    api_client = ConnectorClient(teams.service_url, token="")
    yield api_client.conversations
    await api_client.close()


def said(text: str) -> Activity:
    return Activity(type="message", text=text)


async def test_agents_sdk_to_a_person_updated_and_deleted(teams: LocalTeams, agents: Any) -> None:
    ada, world = teams.world.people[0], teams.world
    made = await agents.create_conversation(
        ConversationParameters(
            is_group=False,
            agent=ChannelAccount(id=world.bot_id),
            members=[ChannelAccount(id=ada.id)],
            tenant_id=world.tenant_id,
        )
    )
    assert made.id == world.personal_chat(ada).id
    first = await agents.send_to_conversation(made.id, said("Draft"))
    second = await agents.send_to_conversation(made.id, said("Wrong"))
    await agents.update_activity(made.id, first.id, said("Final"))
    await agents.delete_activity(made.id, second.id)
    assert texts(world.personal_chat(ada)) == ["Final", "(deleted)"]
    member = await agents.get_conversation_member(made.id, ada.aad_object_id)
    assert (member.id, member.name) == (ada.id, ada.name)


async def test_agents_sdk_to_a_channel_and_its_thread(teams: LocalTeams, agents: Any) -> None:
    channel = teams.world.teams[0].channels[1]
    made = await agents.create_conversation(
        ConversationParameters(
            is_group=True,
            agent=ChannelAccount(id=teams.world.bot_id),
            members=[],
            channel_data={"channel": {"id": channel.id}},
            activity=said("Disk full"),
        )
    )
    assert made.id == f"{channel.id};messageid={made.activity_id}"
    await agents.send_to_conversation(made.id, said("Fixed"))
    await agents.reply_to_activity(made.id, made.activity_id, said("Closed"))
    assert {m["conversation"]["id"] for m in channel.messages} == {made.id}
    assert texts(channel) == ["Disk full", "Fixed", "Closed"]
    assert len(await agents.get_conversation_members(channel.id)) == len(channel.members)


async def test_agents_sdk_to_a_group_chat(teams: LocalTeams, agents: Any) -> None:
    chat = teams.world.group_chats[0].conversation
    await agents.send_to_conversation(chat.id, said("Hello"))
    assert texts(chat) == ["Hello"]


# -- Teams SDK -------------------------------------------------------------------------------------


@pytest.fixture
def api_client(teams: LocalTeams) -> ApiClient:
    return ApiClient(teams.service_url)


def message(text: str) -> MessageActivityInput:
    return MessageActivityInput(text=text)


async def test_teams_sdk_to_a_person_updated_and_deleted(
    teams: LocalTeams, api_client: ApiClient
) -> None:
    ada, world = teams.world.people[0], teams.world
    made = await api_client.conversations.create(
        CreateConversationParams(members=[Account(id=ada.aad_object_id)], tenant_id=world.tenant_id)
    )
    assert made.id == world.personal_chat(ada).id
    first = await api_client.conversations.create_activity(made.id, message("Draft"))
    second = await api_client.conversations.create_activity(made.id, message("Wrong"))
    await api_client.conversations.update_activity(made.id, first.id, message("Final"))
    await api_client.conversations.delete_activity(made.id, second.id)
    assert texts(world.personal_chat(ada)) == ["Final", "(deleted)"]
    members = await api_client.conversations.members_client.get(made.id)
    assert [m.name for m in members] == [ada.name]


async def test_teams_sdk_to_a_channel_and_its_thread(
    teams: LocalTeams, api_client: ApiClient
) -> None:
    channel = teams.world.teams[0].channels[1]
    post = await api_client.conversations.create_activity(channel.id, message("Disk full"))
    thread = f"{channel.id};messageid={post.id}"
    await api_client.conversations.create_activity(thread, message("Fixed"))
    await api_client.conversations.reply_to_activity(thread, post.id, message("Closed"))
    assert texts(channel) == ["Disk full", "Fixed", "Closed"]
    assert {m["conversation"]["id"] for m in channel.messages} == {thread}
    assert (await api_client.teams.get_by_id(teams.world.teams[0].id)).name == "Engineering"
    channels = await api_client.teams.get_conversations(teams.world.teams[0].id)
    assert [c.name for c in channels] == [None, "Releases", "Incidents"]


async def test_teams_sdk_to_a_group_chat(teams: LocalTeams, api_client: ApiClient) -> None:
    chat = teams.world.group_chats[0].conversation
    await api_client.conversations.create_activity(chat.id, message("Hello"))
    assert texts(chat) == ["Hello"]
