"""What the successors do and their pages do not say; a test fails the day that changes.

test_newest.py runs these against the newest releases.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from aiohttp import ClientSession
from botframework.connector.auth import CertificateAppCredentials
from microsoft_agents.activity import Activity, ChannelAccount, ConversationParameters
from microsoft_agents.hosting.aiohttp import CloudAdapter
from microsoft_agents.hosting.core import AgentAuthConfiguration, RestChannelServiceClientFactory
from microsoft_agents.hosting.core.app.proactive import (
    ConversationBuilder,
    CreateConversationOptions,
)
from microsoft_agents.hosting.core.authorization.auth_types import AuthTypes
from microsoft_teams.api import CreateConversationParams, MessageActivityInput
from microsoft_teams.api.auth.cloud_environment import from_name
from microsoft_teams.apps import App, AppOptions
from microsoft_teams.apps.http import FastAPIAdapter, fastapi_adapter
from msrest import Configuration

from samples.agents_sdk.bot import Bot, connect
from samples.local_teams.testing import LocalTeams
from samples.shared.bot import connect as connect_botbuilder
from samples.shared.sending import reference_to, send
from tests.support.acting import let
from tests.support.successors import QUIET
from tests.support.turns import receive

pytestmark = QUIET


@pytest.fixture
def agent(environ: dict[str, str]) -> Bot:
    return connect()


def opening(teams: LocalTeams, agent: Bot) -> CreateConversationOptions:
    return CreateConversationOptions(
        identity=agent.identity,
        channel_id="msteams",
        service_url=teams.service_url,
        parameters=ConversationParameters(
            agent=ChannelAccount(id=agent.id),
            members=[ChannelAccount(id=teams.world.people[0].id)],
            tenant_id=teams.world.tenant_id,
        ),
    )


async def nothing(*_: Any) -> None:
    raise AssertionError("The SDK called it.")


# -- Microsoft 365 Agents SDK ----------------------------------------------------------------------


async def test_agents_sdk_opens_a_chat_and_then_fails_to_call_the_handler(
    teams: LocalTeams, agent: Bot
) -> None:
    with pytest.raises(AttributeError, match="'NoneType' object has no attribute 'id'"):
        await agent.app.proactive.create_conversation(agent.adapter, opening(teams, agent), nothing)
    assert [one.response.status for one in teams.wire] == [201]


async def test_agents_sdk_continues_no_conversation_without_a_user(
    teams: LocalTeams, agent: Bot
) -> None:
    """Which a group chat and a channel do not have, nor a chat that the bot opened."""
    chat = await agent.app.proactive.create_conversation(agent.adapter, opening(teams, agent))
    with pytest.raises(AttributeError, match="'NoneType' object has no attribute 'id'"):
        await agent.app.proactive.continue_conversation(agent.adapter, chat, nothing)
    builder = ConversationBuilder.create("1", "msteams", teams.service_url)
    with pytest.raises(ValueError, match="user_id is required"):
        builder.with_conversation("19:1@thread.v2").build()


async def test_agents_sdk_posts_the_text_of_an_exception_in_the_chat(
    teams: LocalTeams, agent: Bot, capsys: pytest.CaptureFixture[str]
) -> None:
    """And goes on as if nothing had happened, unless `on_turn_error` is replaced."""
    chat = teams.world.personal_chat(teams.world.people[0])
    to = agent.conversation(service_url=teams.service_url, conversation_id=chat.id)
    event = to.conversation_reference.get_continuation_activity()

    async def fail(turn: Any) -> None:
        raise RuntimeError("password=hunter2")

    careless = CloudAdapter(channel_service_client_factory=agent.clients)
    await careless.continue_conversation(agent.app_id, event, fail)
    assert chat.messages[0]["text"] == "Exception caught : password=hunter2"
    with pytest.raises(RuntimeError):
        await agent.adapter.continue_conversation(agent.app_id, event, fail)


async def test_agents_sdk_asks_for_two_tokens_per_message(
    teams: LocalTeams, agent: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is for users who sign in, and without it the message is not sent."""
    asked: list[str] = []

    async def token(resource: str, *_: Any) -> str:
        asked.append(resource)
        return "a token"

    connection = agent.app.connection_manager.get_default_connection()
    monkeypatch.setattr(connection, "get_access_token", token)
    factory = RestChannelServiceClientFactory(agent.app.connection_manager)
    adapter = CloudAdapter(channel_service_client_factory=factory)
    chat = await agent.app.proactive.create_conversation(agent.adapter, opening(teams, agent))
    asked.clear()
    await agent.app.proactive.send_activity(adapter, chat, Activity(type="message", text="Hello"))
    assert len(asked) == 2


async def test_agents_sdk_believes_any_issuer_and_any_service_url_unless_told() -> None:
    """What a caller's token is checked for by default: its signature, audience and expiry."""
    assert AgentAuthConfiguration(client_id="1", anonymous_allowed=True).VALIDATE_ISSUER is False
    adapter = CloudAdapter(connection_manager=object())
    assert adapter._host_validator.enabled is False


async def test_agents_sdk_says_nothing_when_it_stored_a_conversation(
    teams: LocalTeams, agent: Bot
) -> None:
    """In .NET and JavaScript it returns the ID."""
    chat = agent.conversation(service_url=teams.service_url, conversation_id="a:1")
    assert await agent.app.proactive.store_conversation(chat) is None
    assert await agent.app.proactive.get_conversation("a:1") is not None


async def test_agents_sdk_waits_five_minutes_for_an_answer(teams: LocalTeams, agent: Bot) -> None:
    factory = RestChannelServiceClientFactory(agent.app.connection_manager)
    client = await factory.create_connector_client(
        None, agent.identity, teams.service_url, "x", use_anonymous=True
    )
    async with ClientSession() as plain:
        assert client.client.timeout == plain.timeout and plain.timeout.total == 300
    await client.close()


def test_botbuilder_waits_a_hundred_seconds_for_an_answer() -> None:
    """As the SDK sends; samples/shared/transport.py has its own."""
    assert Configuration("https://x/").connection.timeout == 100


def test_which_sdk_knows_certificates() -> None:
    assert CertificateAppCredentials and AuthTypes.certificate
    assert [one for one in AppOptions.__annotations__ if "cert" in one.lower()] == []


def test_teams_sdk_knows_four_clouds() -> None:
    for name in ("Public", "USGov", "USGovDoD", "China"):
        assert from_name(name).login_endpoint.startswith("https://")
    with pytest.raises(ValueError, match="Valid values are: Public, USGov, USGovDoD, China"):
        from_name("Moon")


# -- Teams SDK -------------------------------------------------------------------------------------


def credentials() -> dict[str, str]:
    return {"client_id": "1", "client_secret": "2", "tenant_id": "3"}


def test_teams_sdk_waits_forever_for_an_answer() -> None:
    assert App(**credentials()).api.http.http.timeout.read is None


def test_teams_sdk_sends_to_the_public_cloud_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SERVICE_URL", raising=False)
    assert App(**credentials()).api.service_url == "https://smba.trafficmanager.net/teams"


async def test_teams_sdk_sends_with_credentials_only(teams: LocalTeams) -> None:
    app = App(service_url=teams.service_url)
    with pytest.raises(ValueError, match="app not initialized"):
        await app.send("a:1", "Hello")
    await app.initialize()
    with pytest.raises(ValueError, match="app credentials not configured"):
        await app.send("a:1", "Hello")


async def test_teams_sdk_listens_on_every_network(monkeypatch: pytest.MonkeyPatch) -> None:
    hosts: list[str] = []

    class Config:
        def __init__(self, *, host: str, **_: Any) -> None:
            hosts.append(host)

    class Server:
        def __init__(self, config: Config) -> None:
            pass

        async def serve(self) -> None:
            pass

    monkeypatch.setattr(fastapi_adapter.uvicorn, "Config", Config)
    monkeypatch.setattr(fastapi_adapter.uvicorn, "Server", Server)
    await FastAPIAdapter().start(3978)
    assert hosts == ["0.0.0.0"]


def test_teams_sdk_opens_personal_chats_only() -> None:
    """For a thread, send to the channel: what creates a conversation has no isGroup."""
    assert "is_group" not in CreateConversationParams.model_fields


@pytest.mark.parametrize(
    ("action", "status"), [("add", 200), ("remove", 200), ("add-upgrade", 500), ("upgrade", 200)]
)
async def test_teams_sdk_knows_no_upgrade_as_teams_sends_it(
    action: str, status: int, teams: LocalTeams, environ: dict[str, str]
) -> None:
    """So Teams gets 500 for it, and no handler hears of it; samples/teams_sdk/endpoint.py mends."""
    reported = let(teams.world, "Barbara Liskov", "installs")
    activity = next(one for one in reported if one["type"] == "installationUpdate")
    sdk, endpoint = (import_module(f"samples.teams_sdk.{name}") for name in ("bot", "endpoint"))
    server = endpoint.Server()
    app = sdk.connect(server)
    await app.initialize()
    changed = activity | {"action": action}
    answer = await app.server.handle_request({"body": changed, "headers": {}})
    assert answer["status"] == status
    post = {"call": "/api/messages", "json": changed, "expect": 200}
    await receive(server.app, teams.world, [post])


# -- all three -------------------------------------------------------------------------------------


@pytest.mark.parametrize("sdk", ["botbuilder", "agents_sdk", "teams_sdk"])
async def test_no_sdk_sends_again_after_a_429(
    sdk: str, teams: LocalTeams, environ: dict[str, str]
) -> None:
    """Of botbuilder: not as samples/shared/bot.py carries its requests, one attempt each."""
    chat = teams.world.personal_chat(teams.world.people[0])
    teams.fault(status=429, times=0)
    if sdk == "teams_sdk":
        conversations = App(service_url=teams.service_url).api.conversations
        sending = conversations.create_activity(chat.id, MessageActivityInput(text="Hello"))
    elif sdk == "agents_sdk":
        agent = connect()
        to = agent.conversation(service_url=teams.service_url, conversation_id=chat.id)
        message = Activity(type="message", text="Hello")
        sending = agent.app.proactive.send_activity(agent.adapter, to, message)
    else:
        known = connect_botbuilder()
        to = reference_to(known, service_url=teams.service_url, conversation_id=chat.id)
        sending = send(known, to, "Hello")
    with pytest.raises(Exception, match=r"429|Throttled|Too many|Operation returned"):
        await sending
    assert [one.response.status for one in teams.wire] == [429]
