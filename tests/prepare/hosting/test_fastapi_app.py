"""The bot behind FastAPI: what it accepts from Teams and from programs, and what arrives."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from samples.local_teams.model.teams import Conversation
from samples.local_teams.testing import LocalTeams
from samples.prepare.hosting.fastapi_app import make_app

TOKEN = "a-token-of-the-tests-and-nothing-else"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def client() -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(make_app()), base_url="http://bot.test")


@pytest.fixture
async def fastapi_bot(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    monkeypatch.setenv("NOTIFY_TOKEN", TOKEN)
    async with client() as asking:
        yield asking


@pytest.fixture
def activity(teams: LocalTeams) -> dict[str, Any]:
    """Ada writes to the bot."""
    world, ada = teams.world, teams.world.people[0]
    return {
        "type": "message",
        "channelId": "msteams",
        "serviceUrl": teams.service_url,
        "text": "hello",
        "conversation": {"id": world.personal_chat(ada).id, "conversationType": "personal"},
        "from": {"id": ada.id, "aadObjectId": ada.aad_object_id, "name": ada.name},
        "recipient": {"id": world.bot_id},
        "channelData": {"tenant": {"id": world.tenant_id}},
    }


async def test_it_receives_and_sends(
    fastapi_bot: httpx.AsyncClient, teams: LocalTeams, chat: Conversation, activity: dict[str, Any]
) -> None:
    call = {"to": teams.world.people[0].aad_object_id, "text": "Build 1024 failed."}
    unknown = await fastapi_bot.post("/api/notify", json=call, headers=BEARER)
    assert unknown.status_code == 404 and "does not remember" in unknown.json()["error"]
    assert (await fastapi_bot.post("/api/messages", json=activity)).status_code == 201
    sent = await fastapi_bot.post("/api/notify", json=call, headers=BEARER)
    [message] = chat.messages
    assert (sent.status_code, sent.json()) == (202, {"id": message["id"]})
    assert message["text"] == "Build 1024 failed."


async def test_without_the_token_nothing_is_sent_and_the_body_does_not_count(
    fastapi_bot: httpx.AsyncClient, chat: Conversation, activity: dict[str, Any]
) -> None:
    await fastapi_bot.post("/api/messages", json=activity)
    for headers in ({}, {"Authorization": "Bearer x"}):
        assert (await fastapi_bot.post("/api/notify", json={}, headers=headers)).status_code == 401
    assert chat.messages == []


async def test_a_caller_names_no_service_url(
    fastapi_bot: httpx.AsyncClient, chat: Conversation, activity: dict[str, Any]
) -> None:
    await fastapi_bot.post("/api/messages", json=activity)
    call = {"to": activity["from"]["aadObjectId"], "text": "Hi", "serviceUrl": "https://x.example"}
    assert (await fastapi_bot.post("/api/notify", json=call, headers=BEARER)).status_code == 422
    assert chat.messages == []


async def test_what_teams_refuses_is_the_answer(
    fastapi_bot: httpx.AsyncClient, teams: LocalTeams, activity: dict[str, Any]
) -> None:
    await fastapi_bot.post("/api/messages", json=activity)
    teams.world.people[0].blocked = True
    call = {"to": activity["from"]["aadObjectId"], "text": "Hi"}
    refused = await fastapi_bot.post("/api/notify", json=call, headers=BEARER)
    assert refused.status_code == 502 and "MessageWritesBlocked" in refused.text


async def test_what_is_not_an_activity_gets_400(fastapi_bot: httpx.AsyncClient) -> None:
    assert (await fastapi_bot.post("/api/messages", json={"type": "message"})).status_code == 400


async def test_a_probe_gets_200(fastapi_bot: httpx.AsyncClient) -> None:
    assert (await fastapi_bot.get("/health")).json() == {"status": "ok"}


async def test_a_bot_that_signs_in_believes_nobody_without_a_token(
    in_a_tenant: object, monkeypatch: pytest.MonkeyPatch, activity: dict[str, Any]
) -> None:
    monkeypatch.setenv("NOTIFY_TOKEN", TOKEN)
    async with client() as fastapi_bot:
        for headers in ({}, {"Authorization": "Bearer x"}):
            answer = await fastapi_bot.post("/api/messages", json=activity, headers=headers)
            assert answer.status_code == 401
