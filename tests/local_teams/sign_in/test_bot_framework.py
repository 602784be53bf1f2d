"""login.botframework.com and what Teams signs: which activities a bot accepts."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import jwt
import pytest
import requests
from aiohttp.test_utils import TestClient, TestServer
from botbuilder.core import ActivityHandler, TurnContext
from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication

from samples.local_teams.events.actions import UserAction, perform
from samples.local_teams.model.contoso import contoso
from samples.local_teams.sign_in.authority import CONNECTOR, Authority
from samples.local_teams.sign_in.bot_framework import KEYS
from samples.local_teams.testing import LocalTeams
from samples.shared.bot import Bot, connect
from samples.shared.credentials import Credentials
from samples.shared.endpoint import messages_app
from tests.support.signing import PAST, signed_by
from tests.support.talking import said


class Echo(ActivityHandler):
    async def on_message_activity(self, turn_context: TurnContext) -> None:
        await turn_context.send_activity(f"You said {turn_context.activity.text}")


def ada_says_hello(strict_teams: LocalTeams) -> dict[str, Any]:
    [activity] = perform(
        strict_teams.world,
        UserAction("Ada Lovelace", "says", text="hello"),
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
    settings = Credentials(
        authority.app_id, authority.password, "SingleTenant", authority.tenant_id
    )
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
