"""Tokens: which of them the Connector accepts, and which of them a bot accepts."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import pytest
import requests

from samples.local_teams.model.contoso import contoso
from samples.local_teams.sign_in.authority import Authority
from samples.local_teams.testing import LocalTeams
from samples.shared.failure import SEND_ERRORS, Failure
from tests.support.signing import GRAPH, PAST, hello

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
    assert chat.messages == [] and strict_teams.wire[-1].response.status == 401

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


def test_graph_refuses_in_its_own_words(strict_teams: LocalTeams, authority: Authority) -> None:
    url = f"{strict_teams.service_url}v1.0/users"
    for token in ("", f"Bearer {authority.bot_token()}"):  # none, and one for the Connector
        refused = requests.get(url, headers={"Authorization": token})
        assert refused.status_code == 401
        assert refused.json()["error"]["code"] == "InvalidAuthenticationToken"
    token = f"Bearer {authority.bot_token(GRAPH)}"
    assert requests.get(url, headers={"Authorization": token}).status_code != 401
