"""Who signs in and how, what is asked again, and what a person sees."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from aiohttp import web
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import CertificateCredential, ClientSecretCredential, ManagedIdentityCredential

from samples.local_teams.model.contoso import contoso
from samples.local_teams.model.faults import Fault
from samples.local_teams.server.serving import serving
from samples.local_teams.sign_in.authority import Authority
from samples.local_teams.testing import LocalTeams
from samples.runner.running import run
from samples.shared.graph import PUBLIC, Graph, GraphError, connect_graph
from tests.support.signing import self_signed
from tests.support.thief import Thief

pytestmark = pytest.mark.usefixtures("environ")

TENANT = "1077a9ef-176a-4c0a-ae49-5335a993a9f0"
CATALOG = ("GET", "/appCatalogs/teamsApps")


@pytest.fixture
def waits() -> list[float]:
    """How long it was waited, without waiting."""
    return []


@pytest.fixture
async def graph(waits: list[float]) -> AsyncIterator[Graph]:
    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async with connect_graph(sleep=sleep) as client:
        yield client


# -- signing in ------------------------------------------------------------------------------------


@pytest.fixture
def signed_in(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of a bot in a tenant, without a secret."""
    monkeypatch.delenv("GRAPH_URL")
    monkeypatch.setenv("MicrosoftAppId", "858906d1-e477-4808-8c13-c551b6e26112")
    monkeypatch.setenv("MicrosoftAppTenantId", TENANT)
    monkeypatch.delenv("MicrosoftAppType")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A key with a certificate that it signed itself, as PEM."""
    return self_signed(tmp_path / "bot.pem")[0]


@pytest.mark.usefixtures("signed_in")
async def test_the_environment_says_how_to_sign_in(
    monkeypatch: pytest.MonkeyPatch, certificate: Path
) -> None:
    """Nothing but the environment differs, and nothing is asked before it is needed."""
    monkeypatch.setenv("MicrosoftAppPassword", "the secret")
    async with connect_graph() as by_secret:
        assert isinstance(by_secret._credential, ClientSecretCredential)
        assert (by_secret.url, by_secret.scope) == (PUBLIC, "https://graph.microsoft.com/.default")
    monkeypatch.setenv("AZURE_CLIENT_CERTIFICATE_PATH", str(certificate))
    async with connect_graph() as by_certificate:
        assert isinstance(by_certificate._credential, CertificateCredential)
    monkeypatch.setenv("MicrosoftAppType", "UserAssignedMSI")
    async with connect_graph() as by_identity:
        assert isinstance(by_identity._credential, ManagedIdentityCredential)


@pytest.mark.usefixtures("signed_in")
async def test_a_bot_of_several_tenants_gets_its_token_where_it_installs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MicrosoftAppPassword", "the secret")
    monkeypatch.setenv("MicrosoftAppType", "MultiTenant")
    monkeypatch.delenv("MicrosoftAppTenantId")
    assert isinstance(connect_graph()._credential, ClientSecretCredential)
    monkeypatch.delenv("TEAMS_TENANT_ID")
    with pytest.raises(SystemExit, match="TEAMS_TENANT_ID is not set"):
        connect_graph()


@pytest.mark.usefixtures("signed_in")
@pytest.mark.parametrize(
    "missing", ["MicrosoftAppId", "MicrosoftAppTenantId", "MicrosoftAppPassword"]
)
def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.setenv("MicrosoftAppPassword", "the secret")
    monkeypatch.delenv(missing)
    with pytest.raises(SystemExit, match=f"{missing} is not set"):
        connect_graph()


def test_a_national_cloud_has_its_own_scope() -> None:
    assert Graph("https://graph.microsoft.us/v1.0", None).scope == (
        "https://graph.microsoft.us/.default"
    )


@pytest.mark.usefixtures("signed_in")
def test_a_token_does_not_go_over_the_network_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPH_URL", "http://graph.microsoft.com/v1.0")
    monkeypatch.setenv("MicrosoftAppPassword", "the secret")
    with pytest.raises(SystemExit, match=r"GRAPH_URL: 'http:(.|\n)*https only"):
        connect_graph()


class Credential:
    """Gives a token, or an error, and counts."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.asked, self.token = error, [], "the token"

    asked: list[tuple[str, ...]]

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        self.asked.append(scopes)
        if self.error:
            raise self.error
        return AccessToken(self.token, int(time.time()) + 3600)


@pytest.mark.usefixtures("environ")
async def test_the_token_goes_with_each_request(teams: LocalTeams) -> None:
    credential = Credential()
    async with Graph(f"{teams.service_url}v1.0/", credential) as graph:
        await graph.ask(*CATALOG)
    assert credential.asked == [("https://graph.microsoft.com/.default",)]
    assert teams.wire[0].request.headers["Authorization"] == "Bearer the token"


async def test_a_wrong_secret_is_told(teams: LocalTeams) -> None:
    wrong = Credential(ClientAuthenticationError("AADSTS7000215: Invalid client secret provided."))
    async with Graph(f"{teams.service_url}v1.0", wrong) as graph:
        with pytest.raises(GraphError, match="AADSTS7000215") as caught:
            await graph.ask(*CATALOG)
    assert (caught.value.failure.code, caught.value.failure.action) == ("SignInFailed", "stop")
    assert len(wrong.asked) == 1 and teams.wire == []


# -- with Local Teams that demands tokens ----------------------------------------------------------


def test_the_same_file_signs_in_where_tokens_are_demanded() -> None:
    done = run("install_app", sign_in=True)
    assert not done.complaint and [chat.name for chat, _ in done.arrived] == ["Barbara Liskov"]
    tokens = {
        exchange.request.path.split("/")[1]: exchange.request.headers["Authorization"]
        for exchange in done.wire
    }
    audiences = {
        where: jwt.decode(token.split()[1], options={"verify_signature": False})["aud"]
        for where, token in tokens.items()
    }
    assert audiences == {
        "v1.0": "https://graph.microsoft.com",
        "v3": "https://api.botframework.com",
    }


async def test_a_token_that_is_not_for_graph_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    world = contoso()
    authority = Authority.of(world)
    shown = Credential()
    with LocalTeams(world, authority) as teams:
        monkeypatch.setenv("TEAMS_ALLOWED_SERVICE_URLS", teams.service_url)
        async with Graph(f"{teams.service_url}v1.0", None) as nobody:
            with pytest.raises(GraphError, match="401 InvalidAuthenticationToken: Access token is"):
                await nobody.ask(*CATALOG)
        for audience, accepted in (
            ("https://api.botframework.com", False),
            ("https://graph.microsoft.com", True),
        ):
            shown.token = authority.bot_token(audience)
            async with Graph(f"{teams.service_url}v1.0", shown) as graph:
                if accepted:
                    assert (await graph.ask(*CATALOG))["value"]
                    continue
                with pytest.raises(GraphError, match="validation failure") as caught:
                    await graph.ask(*CATALOG)
    assert caught.value.failure.action == "stop"


# -- asking ----------------------------------------------------------------------------------------


async def test_graph_says_how_long_to_wait(
    teams: LocalTeams, graph: Graph, waits: list[float]
) -> None:
    """Also with a fraction, as a page of Graph's has it, which some clients cannot read."""
    teams.world.faults = [Fault(status=429, retry_after=2.128), Fault(status=429)]
    assert (await graph.ask(*CATALOG))["value"]
    assert len(waits) == 2 and 2.128 <= waits[0] <= 3.128 and 0 <= waits[1] <= 4


async def test_after_five_answers_of_that_kind_it_gives_up(
    teams: LocalTeams, graph: Graph, waits: list[float]
) -> None:
    teams.world.faults = [Fault(status=503, times=0)]
    with pytest.raises(GraphError, match="503"):
        await graph.ask(*CATALOG)
    assert (len(teams.wire), len(waits)) == (5, 4)


async def test_what_may_have_been_done_is_not_done_again_when_it_should_not_be(
    teams: LocalTeams, graph: Graph, waits: list[float]
) -> None:
    teams.world.faults = [Fault(status=429), Fault(status=504)]
    with pytest.raises(GraphError) as caught:
        await graph.ask("POST", "/chats", {}, if_unsure="leave")
    assert caught.value.failure.maybe_arrived and len(waits) == 1  # the 429 was certain
    assert "It may have been done all the same." in str(caught.value)


async def test_a_read_is_repeated_whatever_happens_and_a_502_too(
    teams: LocalTeams, graph: Graph, waits: list[float]
) -> None:
    """microsoft-graph-docs#17049: a collection answers 502 BadGateway now and then."""
    teams.world.faults = [Fault(status=502, code="ServiceError"), Fault(status=504, after=True)]
    assert (await graph.ask(*CATALOG, if_unsure="leave"))["value"]
    assert teams.wire[0].response.json["error"]["code"] == "BadGateway" and len(waits) == 2


async def test_a_lost_connection_is_tried_again(teams: LocalTeams, graph: Graph) -> None:
    teams.world.faults = [Fault(drop=True)]
    assert (await graph.ask(*CATALOG))["value"]


async def test_nobody_answers(graph: Graph, waits: list[float]) -> None:
    with LocalTeams() as gone:
        graph.url = f"{gone.service_url}v1.0"
    with pytest.raises(GraphError, match=r"did not answer(.|\n)*Check GRAPH_URL") as caught:
        await graph.ask(*CATALOG)
    assert caught.value.failure.code == "Unreachable" and len(waits) == 4


async def test_everything_in_a_group_comes_page_by_page(teams: LocalTeams, graph: Graph) -> None:
    path = f"/groups/{teams.world.groups[0].id}/members"
    names = [one["displayName"] async for one in graph.everything(path, {"$top": "3"})]
    assert names == [person.name for person in teams.world.people]
    assert len(teams.wire) == 3


async def test_the_token_does_not_follow_a_link_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    async def page(_: web.Request) -> web.Response:
        link = "https://elsewhere.example/v1.0/users"
        return web.json_response({"value": [], "@odata.nextLink": link})

    app = web.Application()
    app.router.add_get("/v1.0/users", page)
    with serving(app) as url:
        monkeypatch.setenv("TEAMS_ALLOWED_SERVICE_URLS", url)
        async with Graph(f"{url}v1.0", Credential()) as graph:
            with pytest.raises(GraphError, match=r"elsewhere\.example"):
                async for _ in graph.everything("/users", {}):
                    raise AssertionError


async def test_neither_token_nor_request_follow_a_redirect(
    monkeypatch: pytest.MonkeyPatch, thief: Thief
) -> None:
    async def elsewhere(_: web.Request) -> web.Response:
        raise web.HTTPPermanentRedirect(f"{thief.url}v1.0/users")

    app = web.Application()
    app.router.add_route("*", "/v1.0/users", elsewhere)
    with serving(app) as url:
        monkeypatch.setenv("TEAMS_ALLOWED_SERVICE_URLS", url)
        async with Graph(f"{url}v1.0", Credential()) as graph:
            with pytest.raises(GraphError, match="308"):
                await graph.ask("POST", "/users", {"secret": "the message"})
    assert thief.requests == []


async def test_the_token_goes_only_to_graph(thief: Thief) -> None:
    credential = Credential()
    async with Graph(f"{thief.url}v1.0", credential) as graph:
        with pytest.raises(GraphError, match="is not an address of Microsoft Graph") as caught:
            await graph.ask(*CATALOG)
    assert (thief.requests, credential.asked) == ([], [])
    assert caught.value.failure.action == "fix"


@pytest.mark.usefixtures("signed_in")
@pytest.mark.parametrize(
    "url",
    [
        "https://graph.microsoft.com.evil.example/v1.0",
        "https://graph.microsoft.com@evil.example/v1.0",
        "https://graph.microsoft.com:8443/v1.0",
        "https://smba.trafficmanager.net/v1.0",
        "http://127.0.0.1:8090/v1.0",
    ],
)
def test_a_graph_url_elsewhere_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("GRAPH_URL", url)
    monkeypatch.setenv("MicrosoftAppPassword", "the secret")
    monkeypatch.setenv("TEAMS_ALLOWED_SERVICE_URLS", "")
    with pytest.raises(SystemExit, match=r"GRAPH_URL: .*is not an address of Microsoft Graph"):
        connect_graph()


# -- what a person sees -------------------------------------------------------------------------


async def test_a_refusal_is_told_with_what_to_do(teams: LocalTeams, graph: Graph) -> None:
    teams.world.granted = set()
    with pytest.raises(GraphError) as caught:
        await graph.ask(*CATALOG)
    error_text = str(caught.value)
    assert error_text.startswith("Microsoft Graph answered 403 Forbidden: Missing role permissions")
    assert "have an administrator grant consent" in error_text
    request_id = teams.wire[0].response.headers["request-id"]
    assert f"(request {request_id})" in error_text and caught.value.failure.request_id == request_id


@pytest.mark.parametrize(
    ("body", "code", "expected"),
    [
        (b"<html>gateway</html>", "", "418 : <html>gateway</html>"),
        (b"", "", "418"),
        (b'"odd"', "", "418: odd"),
        (b'{"error": "odd"}', "", "418"),
        (b'{"error": {"code": "Teapot", "message": "Short and stout"}}', "Teapot", "stout"),
    ],
)
async def test_an_answer_that_nobody_expects_is_told_as_it_is(
    body: bytes, code: str, expected: str
) -> None:
    async def odd(_: web.Request) -> web.Response:
        kind = "application/json" if body[:1] in (b"{", b'"') else "text/html"
        return web.Response(status=418, body=body, content_type=kind)

    app = web.Application()
    app.router.add_get("/v1.0/users", odd)
    with serving(app) as url:
        async with Graph(f"{url}v1.0", None) as graph:
            with pytest.raises(GraphError, match="418") as caught:
                await graph.ask("GET", "/users")
    assert caught.value.failure.code == code and caught.value.failure.action == "fix"


async def test_an_answer_that_is_no_json_although_it_says_so_is_lost(waits: list[float]) -> None:
    async def broken(_: web.Request) -> web.Response:
        return web.Response(body=b"{", content_type="application/json")

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    app = web.Application()
    app.router.add_get("/v1.0/users", broken)
    with serving(app) as url:
        async with Graph(f"{url}v1.0", None, sleep=sleep) as graph:
            with pytest.raises(GraphError) as caught:
                await graph.ask("GET", "/users")
    assert caught.value.failure.code == "AnswerLost" and len(waits) == 4
