"""What the check says of sign-in, the Connector, Graph and the endpoint, with their hosts here."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from azure.core.credentials import AccessToken
from azure.core.exceptions import AzureError
from azure.identity import CredentialUnavailableError
from botbuilder.core import ActivityHandler

from samples.facts import facts
from samples.local_teams.model.contoso import contoso
from samples.local_teams.server.app import make_app
from samples.local_teams.server.signing_in import signing_in
from samples.local_teams.sign_in.authority import Authority
from samples.runner.checking.command import findings
from samples.runner.checking.online import ACTIVITY, check_online, claims_of
from samples.runner.cli import main
from samples.shared import transport
from samples.shared.bot import connect
from samples.shared.conversations import Conversations
from samples.shared.endpoint import messages_app
from samples.shared.remembering import Remember
from samples.shared.settings import CLI_NAMES
from tests.support.signing import managed_identity, self_signed

OTHER = "7f0fb1c6-0000-4000-8000-000000000000"
SMBA, BOT = "smba.trafficmanager.net", "bot.contoso.example"
ENDPOINT = f"https://{BOT}/api/messages"


@pytest.fixture(scope="module")
def keys() -> Authority:
    """Made once: its key takes a while."""
    return Authority.of(contoso())


@pytest.fixture
def known(keys: Authority) -> Authority:
    """Who Entra gives tokens to."""
    known = copy.copy(keys)
    known.asked, known.certificates, known.roles = [], [], [*keys.roles]
    return known


@pytest.fixture
def at_connector(known: Authority) -> Authority:
    """Whose tokens the Connector accepts: the same bot's, until a test changes its app ID."""
    return copy.copy(known)


@pytest.fixture
def in_order(
    known: Authority, at_connector: Authority, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Authority]:
    """The environment of a bot in a tenant, where nothing is wrong."""
    here = {
        "MicrosoftAppId": known.app_id,
        "MicrosoftAppPassword": known.password,
        "MicrosoftAppTenantId": known.tenant_id,
        "TEAMS_SERVICE_URL": facts()["clouds"][0]["service_url"],
    }
    for name, value in here.items():
        monkeypatch.setenv(name, value)
    for name in ("GRAPH_URL", "TEAMS_ALLOWED_SERVICE_URLS", "BOT_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    bot = messages_app(connect(), ActivityHandler())
    bot.router.add_post("/open", accepting)
    bot.router.add_post("/broken", failing)
    bot.router.add_post("/broken/v3/conversations", failing)
    hosts = {SMBA: make_app(contoso(), authority=at_connector), BOT: bot}
    transport.trusting.cache_clear()
    with signing_in(known, hosts=hosts) as variables:
        for name, value in (variables | dict.fromkeys(CLI_NAMES.values(), "")).items():
            monkeypatch.setenv(name, value)  # each test has one name for one setting
        yield known


async def accepting(_: web.Request) -> web.Response:
    return web.Response()


async def failing(_: web.Request) -> web.Response:
    return web.Response(status=502)


class Entra:
    """A credential that gets this from Entra, whatever it asks for."""

    def __init__(self, answer: str | Exception) -> None:
        self.answer = answer

    def get_token(self, _: str) -> AccessToken:
        if isinstance(self.answer, Exception):
            raise self.answer
        return AccessToken(self.answer, 0)


def entra_answers(monkeypatch: pytest.MonkeyPatch, answer: str | Exception) -> None:
    where = "samples.runner.checking.online.token_credential"
    monkeypatch.setattr(where, lambda *_, **__: Entra(answer))


async def said(kind: str, endpoint: str = "") -> list[str]:
    everything = findings(Path("no.zip"), endpoint, offline=False)
    return [finding.text async for finding in everything if finding.kind == kind]


async def test_where_nothing_is_wrong(in_order: Authority) -> None:
    assert await said("wrong", ENDPOINT) == []
    _, bot, answer, roles, listening = await said("ok", ENDPOINT)
    assert bot == f"Entra gives a token for api.botframework.com, of tenant {in_order.tenant_id}."
    assert answer == f"{SMBA} knows the bot: it answers 400 BadSyntax, not 401."
    assert roles.startswith("Roles in the token for Graph: AppCatalog.Read.All, ")
    assert (
        listening
        == f"{ENDPOINT} answers 401 without a token: the bot listens and checks who calls."
    )


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("MicrosoftAppPassword", "wrong~value", "(AADSTS7000215: Invalid client secret provided"),
        ("MicrosoftAppId", OTHER, "(AADSTS700016: Application with identifier was not found"),
        ("MicrosoftAppTenantId", OTHER, "(AADSTS90002: Tenant not found; tenant 7f0fb1c6"),
        ("MicrosoftAppType", "MultiTenant", "(AADSTS700016: Application with identifier was not"),
    ],
)
async def test_what_entra_refuses_is_said_with_the_remedy(
    in_order: Authority, monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: str
) -> None:
    monkeypatch.setenv(name, value)
    [text] = await said("wrong")
    assert text.startswith("Entra gives no token for api.botframework.com ") and expected in text
    code = expected[1:].partition(":")[0]
    assert text.endswith(next(r["remedy"] for r in facts()["sign_in_errors"] if r["code"] == code))


async def test_a_certificate_and_an_identity_are_tried_too(
    in_order: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("MicrosoftAppPassword")
    path, certificate = self_signed(tmp_path / "bot.pem", days=90)
    monkeypatch.setenv("AZURE_CLIENT_CERTIFICATE_PATH", str(path))
    [text] = await said("wrong")
    assert "(AADSTS700027: The certificate with identifier" in text and "Upload the certi" in text
    in_order.certificates.append(certificate)
    assert await said("wrong") == []
    monkeypatch.delenv("AZURE_CLIENT_CERTIFICATE_PATH")
    monkeypatch.setenv("MANAGED_IDENTITY_CLIENT_ID", OTHER)
    monkeypatch.setenv("IDENTITY_HEADER", "the header")
    with managed_identity(in_order, client_id=OTHER, object_id="the-principal") as endpoint:
        monkeypatch.setenv("IDENTITY_ENDPOINT", endpoint)
        [text] = await said("wrong")
    assert "(AADSTS700213: No matching federated identity record found" in text


async def test_a_certificate_whose_key_cannot_be_read(
    in_order: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path, _ = self_signed(tmp_path / "bot.pem", days=90)
    _, begin, certificate = path.read_text("ascii").partition("-----BEGIN CERT")
    key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    path.write_text(f"{key}{begin}{certificate}", "ascii")
    monkeypatch.setenv("AZURE_CLIENT_CERTIFICATE_PATH", str(path))
    [text] = await said("wrong")
    assert text.startswith("AZURE_CLIENT_CERTIFICATE_PATH: ")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            CredentialUnavailableError(message="no response from the IMDS endpoint."),
            "No managed identity answers on this machine (no response from the IMDS endpoint.). "
            "Run the check where the bot runs.",
        ),
        (
            AzureError("the name is not known"),
            "https://login.microsoftonline.com cannot be reached: the name is not known. "
            "Check the network and HTTPS_PROXY.",
        ),
    ],
)
async def test_where_no_token_comes(
    in_order: Authority, monkeypatch: pytest.MonkeyPatch, answer: Exception, expected: str
) -> None:
    entra_answers(monkeypatch, answer)
    assert await said("wrong") == [expected]


async def test_a_token_that_comes_from_another_tenant(
    in_order: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    entra_answers(monkeypatch, in_order.bot_token(tid=OTHER))
    assert await said("wrong") == [
        f"The token for api.botframework.com is of tenant {OTHER}, not of {in_order.tenant_id}."
    ]


@pytest.mark.parametrize("token", ["opaque", "a.b.c", "a.W10.c"])
def test_a_token_that_says_nothing_has_no_claims(token: str) -> None:
    assert claims_of(token) == {}


async def test_a_bot_of_many_tenants_is_asked_about_graph_only_when_one_is_named(
    in_order: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MicrosoftAppType", "MultiTenant")
    monkeypatch.setenv("TEAMS_TENANT_ID", "")
    entra_answers(monkeypatch, in_order.bot_token())
    assert await said("wrong") == []
    assert not any("Graph" in text for text in await said("ok"))


async def test_a_bot_that_the_connector_does_not_know(
    in_order: Authority, at_connector: Authority
) -> None:
    at_connector.app_id = OTHER
    [text] = await said("wrong")
    assert text.startswith(f"{SMBA} refuses the bot (401 BotNotRegistered: No registration found")
    assert "this id is registered: in the Teams Developer Portal" in text


async def test_a_token_of_another_cloud_or_tenant(
    in_order: Authority, at_connector: Authority
) -> None:
    at_connector.tenant_id = OTHER
    [text] = await said("wrong")
    assert text.startswith(f"{SMBA} refuses the bot (401: Authorization has been denied")


async def test_a_connector_that_has_a_bad_day(
    in_order: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEAMS_ALLOWED_SERVICE_URLS", f"https://{BOT}/,https://gone.{BOT}/")
    monkeypatch.setenv("TEAMS_SERVICE_URL", f"https://{BOT}/broken/")
    assert await said("wrong") == []
    assert f"{BOT} answers 502. Try again later." in await said("note")
    monkeypatch.setenv("TEAMS_SERVICE_URL", f"https://gone.{BOT}/")
    [text] = await said("wrong")
    assert text.startswith(f"gone.{BOT} cannot be reached: ")
    assert text.endswith(". Check TEAMS_SERVICE_URL.")


async def test_no_token_is_shown_to_a_stranger(
    in_order: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEAMS_SERVICE_URL", f"https://{BOT}/")
    [text] = [one.text async for one in check_online() if one.kind == "wrong"]
    assert text.startswith(f"TEAMS_SERVICE_URL: 'https://{BOT}/' is not a service URL of Teams.")
    assert not any(BOT in request for request in in_order.asked)


async def test_a_missing_role_is_noted_with_the_least_that_would_do(in_order: Authority) -> None:
    in_order.roles.remove("TeamsAppInstallation.ReadWriteSelfForUser.All")
    assert await said("wrong") == []
    assert any(
        text.startswith("Install for a person: no permission.")
        and "TeamsAppInstallation.ReadWriteSelfForUser.All" in text
        for text in await said("note")
    )


ENDPOINTS = {
    "http://bot.contoso.example/api/messages": "Teams posts to https URLs only.",
    "https://127.0.0.1:3978/api/messages": "Teams needs a public host: start a tunnel.",
    f"https://{BOT}": f"The samples listen at https://{BOT}/api/messages",
    f"{ENDPOINT}2": "answers 404. The path is wrong: the samples use /api/messages",
    f"https://{BOT}/open": "answers 200 without a token: anyone can write to the bot.",
    f"https://{BOT}/broken": "answers 502. Read the log of the bot",
    "https://gone.contoso.example/api/messages": "cannot be reached: ",
}


async def test_what_is_wrong_with_the_endpoint(in_order: Authority) -> None:
    for endpoint, expected in ENDPOINTS.items():
        [finding] = [one async for one in check_online(endpoint, sign_in=False)]
        assert finding.kind == "wrong" and expected in finding.text, endpoint


async def test_where_nothing_answers(in_order: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    [text] = await said("wrong")
    assert "login.microsoftonline.com" in text and len(text) < 500


async def test_a_bot_that_lets_everybody_in_keeps_nothing_of_the_check(
    environ: dict[str, str],
) -> None:
    conversations = Conversations()
    bot = Remember(conversations)
    async with (
        TestClient(TestServer(messages_app(connect(), bot))) as client,
        client.post("/api/messages", json=ACTIVITY) as answer,
    ):
        assert answer.status == 201
    assert conversations.all() == []


def test_the_command_says_all_and_ends_with_the_status(
    in_order: Authority, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--offline"]) == 0
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first == "note  ENV_FILE is /dev/null: only the environment counts."
    assert "run: teams app doctor" in last
    monkeypatch.setenv("MicrosoftAppPassword", OTHER)
    assert main(["check", "--package", "no.zip"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("wrong MicrosoftAppPassword is a GUID") for line in lines)
    assert "note  Sign-in was not tried. Correct the settings first." in lines


@pytest.mark.usefixtures("in_order")
def test_the_last_line_names_what_there_is_in_the_cloud(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CLOUD", "USGov")
    monkeypatch.setenv("TEAMS_SERVICE_URL", "https://smba.infra.gov.teams.microsoft.us/teams")
    assert main(["check", "--offline"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.endswith("look in the Azure portal of your cloud.") and "doctor" not in last


@pytest.mark.usefixtures("in_order")
def test_a_setting_has_the_name_under_which_the_reader_wrote_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CLIENT_SECRET", OTHER)
    monkeypatch.setenv("MicrosoftAppPassword", "")
    assert main(["check", "--offline"]) == 1
    lines = capsys.readouterr().out.splitlines()
    [line] = [line for line in lines if line.startswith("wrong")]
    assert line.startswith("wrong CLIENT_SECRET is a GUID: that is the secret's ID.")
    monkeypatch.setenv("MicrosoftAppPassword", "another")
    main(["check", "--offline"])
    assert "MicrosoftAppPassword has two values: " in capsys.readouterr().out


def test_a_file_of_settings_that_is_missing_is_a_finding(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ENV_FILE", str(tmp_path / "gone"))
    monkeypatch.delenv("BOT_ENDPOINT", raising=False)
    assert main(["check", "--offline"]) == 1
    first, *_ = capsys.readouterr().out.splitlines()
    assert first == f"wrong ENV_FILE names {tmp_path / 'gone'}, which does not exist."
