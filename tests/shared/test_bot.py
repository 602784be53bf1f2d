"""Sign in once an hour, and keep the connections."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from types import SimpleNamespace
from typing import Any

import botframework.connector.models
import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from botbuilder.core import CardFactory, TurnContext
from botbuilder.core.teams import TeamsInfo
from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication
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
from botframework.connector import Channels
from msrest.async_client import SDKClientAsync
from msrest.serialization import Serializer

from samples.facts import facts
from samples.local_teams.model.faults import Fault
from samples.local_teams.model.world import World, contoso
from samples.local_teams.server.app import make_app
from samples.local_teams.server.serving import serving
from samples.local_teams.server.signing_in import signing_in
from samples.local_teams.sign_in.authority import Authority
from samples.local_teams.sign_in.entra import LOGIN
from samples.local_teams.testing import LocalTeams
from samples.send.to_person import message_person
from samples.shared import bot
from samples.shared.bot import Bot, Pipeline, QuickSerializer, Settings, connect
from samples.shared.delivery import SEND_ERRORS, Failure
from samples.shared.delivery import send as deliver
from tests.support.waiting import DEADLINE

TEAMS = "https://smba.trafficmanager.net/teams/"


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
    settings = Settings(contoso().bot_app_id, entra.password, "SingleTenant", contoso().tenant_id)
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


# -- what bot.py puts under the SDK ----------------------------------------------------------------


@pytest.fixture
def signed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Instead of carrying requests: the Authorization of each."""
    seen: list[str] = []

    async def carry(_: str, __: str, headers: Mapping[str, str], ___: bytes | None) -> Any:
        seen.append(headers["Authorization"])
        return 201, {}, b""

    monkeypatch.setattr(bot, "transport", carry)
    return seen


class Credentials:
    """Credentials whose tokens are numbered, and come when `ready` is set."""

    microsoft_app_id = "an app id"

    def __init__(self) -> None:
        self.asked, self.ready = 0, threading.Event()
        self.ready.set()

    def get_access_token(self) -> str:
        assert self.ready.wait(DEADLINE)
        self.asked += 1
        return str(self.asked)


async def test_the_loop_goes_on_while_a_token_is_fetched_once_for_all(signed: list[str]) -> None:
    credentials = Credentials()
    credentials.ready.clear()
    pipeline = Pipeline(credentials, "")
    many = asyncio.gather(*(pipeline.exchange("POST", TEAMS, {}, None) for _ in range(20)))
    await asyncio.sleep(0.02)
    assert signed == [] and not many.done()
    credentials.ready.set()
    await many
    assert signed == ["Bearer 1"] * 20


async def test_msal_is_asked_once_a_minute(
    signed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SimpleNamespace()
    monkeypatch.setattr(bot, "time", clock)
    pipeline = Pipeline(Credentials(), "")
    for now in (1000.0, 1059.0, 1060.0, 1061.0):
        clock.monotonic = partial(float, now)
        await pipeline.exchange("POST", TEAMS, {}, None)
    assert signed == ["Bearer 1", "Bearer 1", "Bearer 2", "Bearer 2"]


def test_a_bot_outlives_its_event_loop(teams: LocalTeams, environ: dict[str, str]) -> None:
    one, many = connect(), contoso().people[0]

    async def sends() -> None:
        await asyncio.gather(
            *(
                message_person(
                    one,
                    service_url=teams.service_url,
                    tenant_id=teams.world.tenant_id,
                    user_id=many.id,
                    text="Hello",
                )
                for _ in range(5)
            )
        )

    asyncio.run(sends())
    asyncio.run(sends())
    assert len(teams.world.personal_chat(teams.world.people[0]).messages) == 10
    assert bot._sessions == {}  # each loop closed what it opened


async def test_no_thread_is_used_to_send(teams: LocalTeams, environ: dict[str, str]) -> None:
    before = threading.active_count()
    connector = Connector(teams.world, teams.service_url)
    await at_once(connect(), connector)
    assert threading.active_count() == before


async def test_a_message_that_answers_nothing(teams: LocalTeams, environ: dict[str, str]) -> None:
    chat = teams.world.personal_chat(teams.world.people[0])
    reference = ConversationReference(
        channel_id="msteams",
        service_url=teams.service_url,
        conversation=ConversationAccount(id=chat.id),
    )

    async def on_turn(turn: TurnContext) -> None:
        turn.activity.id = None  # the random id that the SDK would reply to
        await turn.send_activity("Hello")

    await connect().adapter.continue_conversation(reference, on_turn, "")
    assert [message["text"] for message in chat.messages] == ["Hello"]
    assert teams.wire[0].request.path.endswith("/activities")


@pytest.mark.parametrize("status", [429, 503])
async def test_a_read_is_not_repeated_under_our_feet(
    teams: LocalTeams, environ: dict[str, str], status: int
) -> None:
    """The SDK's own pipeline asks four times, and sleeps in a thread in between."""
    teams.world.weather.append(Fault(status=status, retry_after=1, times=0))
    with pytest.raises(SEND_ERRORS) as caught:
        reference = ConversationReference(
            channel_id="msteams",
            service_url=teams.service_url,
            conversation=ConversationAccount(id=teams.world.teams[0].id),
        )

        async def read(turn: TurnContext) -> None:
            await TeamsInfo.get_paged_team_members(turn, teams.world.teams[0].id)

        await connect().adapter.continue_conversation(reference, read, "")
    assert Failure.of(caught.value).status == status
    assert len(teams.wire) == 1


async def test_a_gateways_page_keeps_its_status(monkeypatch: pytest.MonkeyPatch) -> None:
    async def gateway(*_: Any) -> Any:
        return 502, {"Content-Type": "text/html", "Retry-After": "3"}, b"<h1>Bad Gateway</h1>"

    monkeypatch.setattr(bot, "transport", gateway)
    monkeypatch.setenv("TEAMS_SERVICE_URL", "http://localhost/")
    with pytest.raises(SEND_ERRORS) as caught:
        await send(connect(), Connector(contoso(), "http://localhost/"))
    failure = Failure.of(caught.value)
    assert (failure.status, failure.text) == (502, "<h1>Bad Gateway</h1>")
    assert (failure.action, failure.retry_after, failure.maybe_arrived) == ("retry", 3.0, True)


async def test_no_answer_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: Any) -> Any:
        raise TimeoutError

    monkeypatch.setattr(bot, "transport", never)
    monkeypatch.setenv("TEAMS_SERVICE_URL", "http://localhost/")
    with pytest.raises(SEND_ERRORS) as caught:
        await send(connect(), Connector(contoso(), "http://localhost/"))
    assert Failure.of(caught.value) == Failure(
        None, "AnswerLost", "No answer in time", maybe_arrived=True
    )


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
