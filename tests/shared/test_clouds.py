"""Each of Microsoft's clouds, with its hosts served here: only settings differ."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp.test_utils import TestClient, TestServer
from botbuilder.core import ActivityHandler, TurnContext
from botframework.connector.auth.jwt_token_extractor import JwtTokenExtractor

from samples.local_teams.model.contoso import contoso
from samples.local_teams.model.world import World
from samples.local_teams.server.app import make_app
from samples.local_teams.server.signing_in import signing_in
from samples.local_teams.sign_in.authority import Authority
from samples.send.to_person import message_person
from samples.shared import transport
from samples.shared.bot import connect
from samples.shared.clouds import Cloud, cloud, clouds
from samples.shared.endpoint import messages_app
from samples.shared.graph import connect_graph

TENANT = contoso().tenant_id
CHINA_HOST = "frontend.botapi.msg.infra.teams.microsoftonline.cn"


class Echo(ActivityHandler):
    async def on_message_activity(self, turn: TurnContext) -> None:
        await turn.send_activity(f"You said {turn.activity.text}")


@pytest.fixture(params=clouds(), ids=lambda cloud: cloud.setting)
def here(request: pytest.FixtureRequest) -> Cloud:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def signing(here: Cloud) -> Authority:
    return Authority.of(contoso(), vars(here))


@pytest.fixture
def in_cloud(here: Cloud, signing: Authority, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A world whose hosts are those of one cloud: the proxy refuses every other host."""
    world = contoso()
    service_url = here.service_url or f"https://{CHINA_HOST}/teams"
    world.service_url = service_url
    hosts = [urlsplit(url).netloc for url in (service_url, here.graph)]
    app = make_app(world, authority=signing)
    monkeypatch.setattr(JwtTokenExtractor, "metadataCache", {})
    with signing_in(signing, hosts=dict.fromkeys(hosts, app)) as variables:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("CLOUD", here.setting)
        monkeypatch.setenv("TEAMS_SERVICE_URL", service_url)
        for name in ("GRAPH_URL", "TEAMS_ALLOWED_SERVICE_URLS", "TEAMS_ALLOWED_TENANTS"):
            monkeypatch.delenv(name, raising=False)
        transport.trusting.cache_clear()
        yield world


async def test_a_bot_sends_and_is_heard_in_its_cloud(
    here: Cloud, signing: Authority, in_cloud: World
) -> None:
    ada, bot = in_cloud.people[0], connect()
    url = in_cloud.service_url
    await message_person(bot, service_url=url, tenant_id=TENANT, user_id=ada.id, text="Hello")
    chat = in_cloud.personal_chat(ada)
    assert [message["text"] for message in chat.messages] == ["Hello"]
    async with connect_graph() as graph:
        catalog = await graph.ask("GET", "/appCatalogs/teamsApps")
        assert graph.url == f"{here.graph}/v1.0" and catalog["value"]

    activity = said(in_cloud)
    async with TestClient(TestServer(messages_app(bot, Echo()))) as client:
        header = {"Authorization": signing.sign(activity)}
        async with client.post("/api/messages", json=activity, headers=header) as answer:
            assert answer.status == 201
        assert chat.messages[-1]["text"] == "You said hi"
        forged = {"Authorization": signing.sign(activity, iss="https://api.contoso.example")}
        async with client.post("/api/messages", json=activity, headers=forged) as answer:
            assert answer.status == 401
    expected = {urlsplit(each).netloc for each in (here.login, here.keys, here.graph, url)}
    assert {request.split(" ")[1].partition("/")[0] for request in signing.asked} == expected


def said(world: World, tenant: str = TENANT) -> dict[str, Any]:
    """What Teams sends when Ada says hi."""
    ada = world.people[0]
    return {
        "type": "message",
        "id": "1",
        "text": "hi",
        "channelId": "msteams",
        "serviceUrl": world.service_url,
        "from": {"id": ada.id},
        "recipient": {"id": world.bot_id},
        "conversation": {"id": world.personal_chat(ada).id, "tenantId": tenant},
        "channelData": {"tenant": {"id": tenant}},
    }


def test_a_cloud_that_there_is_not_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUD", "usgovdod")
    assert cloud().name == "DoD"
    monkeypatch.setenv("CLOUD", "GCC High")
    with pytest.raises(
        SystemExit, match=r"CLOUD is 'GCC High'\. It must be one of Public, GCC, US"
    ):
        cloud()


OTHER = "11111111-2222-4333-8444-555555555555"


ALLOWED = [
    ("", (OTHER, OTHER), 201),
    (TENANT.upper(), (TENANT, TENANT), 201),
    (f"{OTHER}, {TENANT}", (TENANT, None), 201),
    (TENANT, (OTHER, OTHER), 401),
    (TENANT, (TENANT, OTHER), 401),
    (TENANT, (None, None), 401),
]


@pytest.mark.parametrize("here", [clouds()[0]], ids=["Public"])
async def test_a_bot_hears_only_the_tenants_that_it_serves(
    signing: Authority,
    in_cloud: World,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    activity = said(in_cloud)
    async with TestClient(TestServer(messages_app(connect(), Echo()))) as client:
        for allowed, tenants, status in ALLOWED:
            monkeypatch.setenv("TEAMS_ALLOWED_TENANTS", allowed)
            activity["conversation"]["tenantId"], activity["channelData"]["tenant"]["id"] = tenants
            header = {"Authorization": signing.sign(activity)}
            async with client.post("/api/messages", json=activity, headers=header) as answer:
                assert answer.status == status, (allowed, tenants)
    refused = [r for r in caplog.records if "Refused an activity of the tenants" in r.message]
    assert [record.levelno for record in refused] == [logging.WARNING] * 3
