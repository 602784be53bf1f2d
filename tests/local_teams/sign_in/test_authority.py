"""Signing in without a tenant: what a bot gets, what the Connector demands, what a bot checks."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit
from uuid import uuid4

import jwt
import pytest
import requests
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from azure.identity import ClientSecretCredential
from botbuilder.core import ActivityHandler, TurnContext
from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication
from botframework.connector.auth.jwt_token_extractor import JwtTokenExtractor

from samples.local_teams.__main__ import main
from samples.local_teams.events.actions import Happening, happen
from samples.local_teams.model.world import contoso
from samples.local_teams.server.app import LocalTeams
from samples.local_teams.sign_in.authority import (
    CONNECTOR,
    KEYS,
    LOGIN,
    Authority,
    signing_in,
)
from samples.runner.recording import recording, rehearse, ticking
from samples.runner.registry import find, samples
from samples.runner.running import run
from samples.runner.stories import read_story
from samples.send.to_person import message_person
from samples.shared.bot import Bot, Settings, connect
from samples.shared.delivery import SEND_ERRORS, Failure
from samples.shared.endpoint import messages_app
from tests.support import ROOT
from tests.support.talking import said

GRAPH = "https://graph.microsoft.com"
# Stories take seconds each. These have what differs when signed in: a bot that answers within the
# turn and one that is called from outside.
STORIES = {"proactive_bot", "notify"}


@pytest.fixture(scope="module")
def authority() -> Authority:
    """One for the module: the SDK keeps its keys for a day."""
    return Authority.of(contoso())


@pytest.fixture
def strict_teams(authority: Authority) -> Iterator[LocalTeams]:
    """Local Teams that demands tokens."""
    with LocalTeams(contoso(clock=ticking()), authority) as running:
        yield running


@pytest.fixture
def sign_in_environ(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, str]]:
    """The environment of a bot that signs in on this machine."""
    monkeypatch.setattr(JwtTokenExtractor, "metadataCache", {})
    with signing_in(authority) as variables:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        yield variables


async def hello(strict_teams: LocalTeams) -> None:
    """Write to Ada with what the environment says."""
    with patch.dict(os.environ, TEAMS_ALLOWED_SERVICE_URLS=strict_teams.service_url):
        await message_person(
            connect(),
            service_url=strict_teams.service_url,
            tenant_id=strict_teams.world.tenant_id,
            user_id=strict_teams.world.people[0].id,
            text="Hello",
        )


# -- running samples -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sample",
    [name for name in samples() if name in STORIES or not read_story(find(name)).steps],
)
def test_a_sample_that_signs_in_does_what_it_does_without(sample: str) -> None:
    told = json.loads(recording(rehearse(sample, sign_in=True)))
    unsigned = (ROOT / "docs" / "recorded" / f"{sample}.json").read_text("utf-8")
    # Without an app id the bot's id is 28: and nothing more; to_known_chat prints it.
    recorded = json.loads(unsigned.replace(r"\"28:\"", rf"\"28:{contoso().bot_app_id}\""))
    for key in ("printed", "complaint", "arrived"):
        assert told[key] == recorded[key]


def test_every_request_of_a_run_shows_the_bots_token_and_its_id() -> None:
    done = run("to_person", sign_in=True)
    app_id = contoso().bot_app_id
    assert len(done.wire) == 2
    for exchange in done.wire:
        scheme, _, token = exchange.request.headers["Authorization"].partition(" ")
        claims = jwt.decode(token, options={"verify_signature": False})
        assert (scheme, claims["appid"], claims["aud"]) == ("Bearer", app_id, CONNECTOR)
    assert done.wire[0].request.json["bot"]["id"] == f"28:{app_id}"


def test_run_and_sign_in_from_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "to_person", "--sign-in", "--wire"]) == 0
    assert f'"id": "28:{contoso().bot_app_id}"' in capsys.readouterr().out


def test_serve_says_what_to_export_and_then_demands_tokens() -> None:
    command = [sys.executable, "-m", "samples.local_teams", "serve", "--port", "0", "--sign-in"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout
        try:
            lines: list[str] = []
            while not lines or not lines[-1].startswith("Local Teams:"):
                lines.append(process.stdout.readline())
        finally:
            process.terminate()
        assert process.wait(10) == 0
    assert lines[0] == "Start your bot in a shell with these variables, and it signs in:\n"
    assert f"export MicrosoftAppId={contoso().bot_app_id}\n" in lines
    assert any(line.startswith("export HTTPS_PROXY=http://127.0.0.1:") for line in lines)
    allowed = "export TEAMS_ALLOWED_SERVICE_URLS=http://127.0.0.1:0/,http://localhost:0/\n"
    assert allowed in lines


# -- what Entra answers ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "tenant", "error", "said"),
    [
        ({"client_secret": "wrong"}, "", "invalid_client", "AADSTS7000215: Invalid client secret"),
        ({"client_id": "7f0f"}, "", "unauthorized_client", "identifier '7f0f' was not found"),
        ({}, "botframework.com", "unauthorized_client", "in the directory 'Bot Framework'"),
        ({}, "fabrikam", "invalid_tenant", "AADSTS90002: Tenant 'fabrikam' not found"),
        ({"scope": CONNECTOR}, "", "invalid_scope", f"scope {CONNECTOR} is not valid"),
        ({"grant_type": "password"}, "", "unsupported_grant_type", "grant type 'password'"),
    ],
)
@pytest.mark.usefixtures("sign_in_environ")
def test_who_may_not_sign_in_is_told_why(
    authority: Authority, changed: dict[str, str], tenant: str, error: str, said: str
) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": authority.app_id,
        "client_secret": authority.password,
        "scope": f"{CONNECTOR}/.default",
    }
    url = f"https://{LOGIN}/{tenant or authority.tenant_id}/oauth2/v2.0/token"
    answer = requests.post(url, data=form | changed)
    assert answer.status_code == (401 if error == "invalid_client" else 400)
    told = answer.json()
    assert told["error"] == error and said in told["error_description"]
    assert f"AADSTS{told['error_codes'][0]}:" in told["error_description"]
    assert "access_token" not in told
    assert requests.post(url, data=form).status_code == (400 if tenant else 200)


@pytest.mark.usefixtures("sign_in_environ")
async def test_a_tenant_that_is_not_there_has_no_sign_in(
    strict_teams: LocalTeams, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK's error is not among SEND_ERRORS: it is one of settings, not of sending."""
    monkeypatch.setenv("MicrosoftAppTenantId", "fabrikam")
    with pytest.raises(ValueError, match=r"Unable to get authority configuration for .*/fabrikam"):
        await hello(strict_teams)


def signed_by(token: str, keys: list[dict[str, Any]], audience: str) -> dict[str, Any]:
    [key] = [key for key in keys if key["kid"] == jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, Any] = jwt.decode(token, jwt.PyJWK(key), audience=audience)
    return claims


@pytest.mark.usefixtures("sign_in_environ")
def test_graph_gets_a_token_of_its_own(authority: Authority) -> None:
    """The audience follows the scope; azure-identity asks where Entra is before it asks Entra."""
    credentials = (authority.tenant_id, authority.app_id, authority.password)
    keys = requests.get(f"https://{LOGIN}/common/discovery/v2.0/keys").json()["keys"]
    with ClientSecretCredential(*credentials) as credential:
        token = credential.get_token(f"{GRAPH}/.default").token
    assert signed_by(token, keys, GRAPH)["appid"] == authority.app_id


# -- the hosts -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("sign_in_environ")
def test_no_other_host_is_reached() -> None:
    with pytest.raises(requests.exceptions.ProxyError) as caught:
        requests.get("https://example.com/")
    assert f"403 example.com is none of {LOGIN}, {KEYS}" in str(caught.value)
    url = os.environ["HTTPS_PROXY"]
    assert requests.get(f"{url}/anything").status_code == 403  # no proxy for plain HTTP


def test_more_hosts_can_be_served(authority: Authority) -> None:
    async def me(request: web.Request) -> web.Response:
        return web.json_response({"asked": request.path})

    graph = web.Application()
    graph.router.add_get("/v1.0/me", me)
    with signing_in(authority, hosts={"graph.microsoft.com": graph}) as variables:
        told = requests.get(
            f"{GRAPH}/v1.0/me",
            proxies={"https": variables["HTTPS_PROXY"]},
            verify=variables["SSL_CERT_FILE"],
        )
    assert told.json() == {"asked": "/v1.0/me"}
    assert authority.asked[-1] == "GET graph.microsoft.com/v1.0/me"


def test_a_connection_that_says_nothing_is_let_go(sign_in_environ: dict[str, str]) -> None:
    where = urlsplit(sign_in_environ["HTTPS_PROXY"])
    with socket.create_connection((where.hostname or "", where.port or 0)) as silent:
        silent.shutdown(socket.SHUT_WR)
        assert silent.recv(1) == b""


# -- what the Connector demands --------------------------------------------------------------------

PAST = int(time.time()) - 3600
DENIED = {"message": "Authorization has been denied for this request."}
NOT_REGISTERED = {
    "error": {"code": "BotNotRegistered", "message": "No registration found for this bot."}
}


def no_token(authority: Authority) -> str:
    return ""


def garbage(authority: Authority) -> str:
    return "Bearer garbage"


def another_scheme(authority: Authority) -> str:
    return f"Basic {authority.bot_token()}"


def expired(authority: Authority) -> str:
    return f"Bearer {authority.bot_token(exp=PAST)}"


def not_yet(authority: Authority) -> str:
    return f"Bearer {authority.bot_token(nbf=int(time.time()) + 3600)}"


def for_another_service(authority: Authority) -> str:
    return f"Bearer {authority.bot_token(GRAPH)}"


def from_another_tenant(authority: Authority) -> str:
    return f"Bearer {authority.bot_token(iss=f'https://sts.windows.net/{uuid4()}/')}"


def forged(authority: Authority) -> str:
    return f"Bearer {Authority.of(contoso()).bot_token()}"


def for_the_bot(authority: Authority) -> str:
    return authority.sign({"serviceUrl": "https://smba.trafficmanager.net/teams/"})


def another_app(authority: Authority) -> str:
    return f"Bearer {authority.bot_token(appid=str(uuid4()))}"


@pytest.mark.parametrize(
    ("header", "answer"),
    [
        (no_token, DENIED),
        (garbage, DENIED),
        (another_scheme, DENIED),
        (expired, DENIED),
        (not_yet, DENIED),
        (for_another_service, DENIED),
        (from_another_tenant, DENIED),
        (forged, DENIED),
        (for_the_bot, DENIED),
        (another_app, NOT_REGISTERED),
    ],
)
def test_without_the_bots_token_nothing_is_done(
    strict_teams: LocalTeams, authority: Authority, header: Any, answer: dict[str, Any]
) -> None:
    chat = strict_teams.world.personal_chat(strict_teams.world.people[0])
    url = f"{strict_teams.service_url}v3/conversations/{chat.id}/activities"
    message = {"type": "message", "text": "Hello"}
    refused = requests.post(url, json=message, headers={"Authorization": header(authority)})
    assert (refused.status_code, refused.json()) == (401, answer)
    assert chat.messages == [] and strict_teams.exchanges[-1].response.status == 401

    token = {"authorization": f"bearer {authority.bot_token()}"}  # any case will do
    assert requests.post(url, json=message, headers=token).status_code == 201
    assert [m["text"] for m in chat.messages] == ["Hello"]


@pytest.mark.usefixtures("sign_in_environ")
async def test_a_program_is_told_in_teams_own_words(strict_teams: LocalTeams) -> None:
    strict_teams.world.bot_app_id = str(uuid4())
    with (
        LocalTeams(strict_teams.world, Authority.of(strict_teams.world)) as other,
        pytest.raises(SEND_ERRORS) as caught,
    ):
        await hello(other)
    failure = Failure.of(caught.value)
    assert failure.action == "stop"
    assert str(failure).startswith(
        "Not sent. Teams answered 401: Authorization has been denied for this request.\n"
        "Check MicrosoftAppType"
    )


# -- what a bot checks -----------------------------------------------------------------------------


class Echo(ActivityHandler):
    async def on_message_activity(self, turn_context: TurnContext) -> None:
        await turn_context.send_activity(f"You said {turn_context.activity.text}")


def ada_says_hello(strict_teams: LocalTeams) -> dict[str, Any]:
    [activity] = happen(
        strict_teams.world,
        Happening("Ada Lovelace", "says", text="hello"),
        service_url=strict_teams.service_url,
    )
    return activity


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({}, 201),
        ({"exp": PAST}, 401),
        ({"nbf": int(time.time()) + 3600}, 401),
        ({"aud": str(uuid4())}, 401),
        ({"serviceurl": "https://attacker.example/"}, 401),
        ({"iss": "https://attacker.example/"}, 401),
    ],
)
@pytest.mark.usefixtures("sign_in_environ")
async def test_a_bot_hears_only_what_teams_signed(
    strict_teams: LocalTeams, authority: Authority, claims: dict[str, Any], status: int
) -> None:
    activity = ada_says_hello(strict_teams)
    async with TestClient(TestServer(messages_app(connect(), Echo()))) as client:
        header = {"Authorization": authority.sign(activity, **claims)}
        async with client.post("/api/messages", json=activity, headers=header) as answer:
            assert answer.status == status
    heard = {"Ada Lovelace": ["You said hello"]} if status == 201 else {}
    assert said(strict_teams) == heard


def without(authority: Authority, header: str) -> str:
    return ""


def garbled(authority: Authority, header: str) -> str:
    return "Bearer garbage"


def half(authority: Authority, header: str) -> str:
    return "Bearer"


def tampered(authority: Authority, header: str) -> str:
    head, _, signature = header.rpartition(".")
    return f"{head}.{signature[::-1]}"


def another_key(authority: Authority, header: str) -> str:
    return Authority.of(contoso()).sign({"serviceUrl": "http://127.0.0.1/"})


def from_nobody(authority: Authority, header: str) -> str:
    return f"Bearer {authority.token(aud=authority.app_id)}"


def out_of_date(authority: Authority, header: str) -> str:
    return authority.sign({"serviceUrl": ""}, exp=PAST)


def no_signature(authority: Authority, header: str) -> str:
    claims = jwt.decode(header.split(" ")[1], options={"verify_signature": False})
    return f"Bearer {jwt.encode(claims, None, 'none')}"


@pytest.mark.parametrize(
    "spoil", [without, garbled, half, tampered, another_key, from_nobody, no_signature]
)
@pytest.mark.usefixtures("sign_in_environ")
async def test_a_bot_answers_401_to_what_is_no_token_of_teams(
    strict_teams: LocalTeams, authority: Authority, spoil: Any
) -> None:
    activity = ada_says_hello(strict_teams)
    async with TestClient(TestServer(messages_app(connect(), Echo()))) as client:
        header = spoil(authority, authority.sign(activity))
        answer = await client.post(
            "/api/messages", json=activity, headers={"Authorization": header} if header else {}
        )
        assert answer.status == 401
        assert said(strict_teams) == {}
        header = authority.sign(activity)
        answer = await client.post(
            "/api/messages", json=activity, headers={"Authorization": header}
        )
        assert answer.status == 201


@pytest.mark.parametrize("spoil", [out_of_date, garbled, another_key])
@pytest.mark.usefixtures("sign_in_environ")
async def test_the_stock_adapter_answers_500_instead(
    strict_teams: LocalTeams, authority: Authority, spoil: Any
) -> None:
    """What bot.py is for. When this fails the SDK has changed, and bot.py may be shorter."""
    settings = Settings(authority.app_id, authority.password, "SingleTenant", authority.tenant_id)
    stock = CloudAdapter(ConfigurationBotFrameworkAuthentication(settings))
    activity = ada_says_hello(strict_teams)
    header = {"Authorization": spoil(authority, authority.sign(activity))}
    app = messages_app(Bot(stock, authority.app_id), Echo())
    async with TestClient(TestServer(app)) as client:
        assert (await client.post("/api/messages", json=activity, headers=header)).status == 500


async def test_a_bot_that_cannot_get_the_keys_does_not_blame_the_caller(
    strict_teams: LocalTeams,
    authority: Authority,
    sign_in_environ: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """500 makes Teams try again; 401 would say that the token is bad."""
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    activity = ada_says_hello(strict_teams)
    async with TestClient(TestServer(messages_app(connect(), Echo()))) as client:
        header = {"Authorization": authority.sign(activity)}
        assert (await client.post("/api/messages", json=activity, headers=header)).status == 500
    assert said(strict_teams) == {}


@pytest.mark.usefixtures("sign_in_environ")
def test_keys_speak_for_teams(authority: Authority) -> None:
    described = requests.get(f"https://{KEYS}/v1/.well-known/openidconfiguration").json()
    keys = requests.get(described["jwks_uri"]).json()["keys"]
    assert described["issuer"] == CONNECTOR
    assert [key["endorsements"] for key in keys] == [["msteams"]]
    token = authority.sign({"serviceUrl": "https://x/"}).split(" ")[1]
    assert signed_by(token, keys, authority.app_id)["serviceurl"] == "https://x/"


def test_a_program_that_uses_aiohttp_is_led_there_too(sign_in_environ: dict[str, str]) -> None:
    """In a process of its own: aiohttp reads whom to trust when it is imported."""
    program = f"""if True:
        import asyncio, aiohttp
        async def ask():
            async with aiohttp.ClientSession(trust_env=True) as session:
                async with session.get("https://{KEYS}/v1/.well-known/keys") as answer:
                    print(answer.status)
        asyncio.run(ask())"""
    asked = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (asked.stdout, asked.stderr) == ("200\n", "")


def test_who_does_not_sign_in_needs_no_cryptography() -> None:
    """The Connector and the world also run where there is none."""
    program = (
        "import sys; sys.modules['cryptography'] = sys.modules['jwt'] = None\n"
        "import samples.local_teams.services.connector, samples.local_teams.events.actions\n"
        "import samples.local_teams.server.app"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)
