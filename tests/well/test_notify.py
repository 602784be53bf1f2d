"""Who may start a message, to whom it goes, and what the caller is told."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from samples.local_teams.events.actions import UserAction, perform
from samples.local_teams.model.contoso import contoso
from samples.local_teams.model.exchange import Request, Response
from samples.local_teams.model.faults import Fault
from samples.local_teams.model.people import Person
from samples.local_teams.model.world import World
from samples.local_teams.testing import LocalTeams
from samples.runner.running import start
from samples.shared.conversations import Conversations
from tests.support.talking import looks_at, story

TOKEN = "a-token-of-the-tests-and-nothing-else"
Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def notify_client(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Client]:
    """A client of the bot, which is started as `python -m samples.well.notify` starts it."""
    served: list[web.Application] = []
    monkeypatch.setenv("NOTIFY_TOKEN", TOKEN)
    monkeypatch.setattr(web, "run_app", lambda app, **_: served.append(app))
    start("notify")
    async with TestClient(TestServer(served[0])) as notify_client:
        yield notify_client


async def do(
    teams: LocalTeams, notify_client: Client, who: Person, does: str = "says", service_url: str = ""
) -> None:
    """Let somebody do something; Teams tells the bot."""
    happening = UserAction(who.name, does, text="hello")
    for activity in perform(teams.world, happening, service_url=service_url or teams.service_url):
        async with notify_client.post("/api/messages", json=activity) as answer:
            assert answer.status in (200, 201)


async def call(
    notify_client: Client, body: Any, *, token: str | None = TOKEN
) -> tuple[int, dict[str, str]]:
    """What another program is told that posts this; text goes as it is, the rest as JSON."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    sent = {"data": body} if isinstance(body, str | bytes) else {"json": body}
    headers["Content-Type"] = "application/json"
    async with notify_client.post("/api/notify", headers=headers, **sent) as answer:
        assert answer.headers.get("WWW-Authenticate") == (
            "Bearer" if answer.status == 401 else None
        )
        return answer.status, await answer.json()


def texts(teams: LocalTeams, person: Person) -> list[str]:
    """What the bot said to somebody."""
    return [
        message["text"]
        for message in teams.world.personal_chat(person).messages
        if message["from"]["id"] == teams.world.bot_id
    ]


@looks_at("notify")
def test_the_story_of_the_page() -> None:
    done = story("notify")
    assert done.complaint == ""
    [(chat, messages)] = done.arrived
    assert (chat.name, [m["text"] for m in messages]) == (
        "Ada Lovelace",
        ["hello", "Build 1024 of Releases failed: 2 tests. You pushed the last change."],
    )
    assert [line.split()[1] for line in done.printed.splitlines()] == ["202", "401", "404"]


async def test_it_arrives_and_the_caller_gets_the_message_id(
    teams: LocalTeams, notify_client: Client
) -> None:
    ada, grace = teams.world.people[:2]
    await do(teams, notify_client, ada, "installs")
    await do(teams, notify_client, grace)
    status, answer = await call(notify_client, {"to": ada.aad_object_id.upper(), "text": "For Ada"})
    sent = teams.world.personal_chat(ada).messages[-1]
    assert (status, answer) == (202, {"id": sent["id"]})
    assert (texts(teams, ada), texts(teams, grace)) == (["For Ada"], [])


async def test_a_call_repeated_with_its_key_sends_nothing_again(
    teams: LocalTeams, notify_client: Client
) -> None:
    ada = teams.world.people[0]
    await do(teams, notify_client, ada)
    key = {"Authorization": f"Bearer {TOKEN}", "Idempotency-Key": "build-1024"}

    async def again(text: str, **headers: str) -> tuple[int, str]:
        body = {"to": ADA, "text": text}
        async with notify_client.post("/api/notify", json=body, headers=key | headers) as answer:
            return answer.status, await answer.text()

    teams.world.faults = [Fault(status=429)]
    assert (await again("Build 1024 failed."))[0] == 502  # nothing was sent: it may be repeated
    first = await again("Build 1024 failed.")
    assert first[0] == 202 and await again("Build 1024 failed.") == first
    assert (await again("Something else"))[0] == 422
    assert (await again("x", **{"Idempotency-Key": "\u00e4 b"}))[0] == 400
    assert texts(teams, ada) == ["Build 1024 failed."]
    # One that perhaps arrived is not sent again, and one that is under way is not sent twice.
    teams.world.faults = [Fault(status=502)]
    perhaps = await again("Two", **{"Idempotency-Key": "2"})
    assert perhaps[0] == 502 and await again("Two", **{"Idempotency-Key": "2"}) == perhaps
    teams.world.faults = [Fault(delay=0.2)]
    both = await asyncio.gather(*(again("Three", **{"Idempotency-Key": "3"}) for _ in range(2)))
    assert sorted(status for status, _ in both) == [202, 409]
    assert texts(teams, ada).count("Three") == 1


# -- who asks --------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN[:-1], f"{TOKEN}x", "täken"])
async def test_without_the_token_nothing_is_looked_at(
    teams: LocalTeams, notify_client: Client, token: str | None
) -> None:
    ada = teams.world.people[0]
    await do(teams, notify_client, ada)
    for body in ({"to": ada.aad_object_id, "text": "Let me in."}, "not even JSON"):
        assert await call(notify_client, body, token=token) == (
            401,
            {"error": "The token is missing or wrong."},
        )
    assert texts(teams, ada) == []


@pytest.mark.parametrize("header", [TOKEN, f"Basic {TOKEN}", f"Bearer  {TOKEN}"])
async def test_the_token_in_another_place_is_none(notify_client: Client, header: str) -> None:
    async with notify_client.post("/api/notify", headers={"Authorization": header}) as answer:
        assert answer.status == 401


async def test_a_token_of_any_bytes_is_refused(notify_client: Client) -> None:
    reader, writer = await asyncio.open_connection(notify_client.host, notify_client.port)
    writer.write(b"POST /api/notify HTTP/1.0\r\nAuthorization: Bearer \xff\xfe\r\n\r\n")
    assert b" 401 " in await reader.readline()
    writer.close()


async def test_the_token_is_compared_in_constant_time(
    notify_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[bytes] = []

    def compare(a: bytes, b: bytes) -> bool:
        compared.extend((a, b))
        return False

    monkeypatch.setattr(hmac, "compare_digest", compare)
    assert (await call(notify_client, {}))[0] == 401
    assert compared == [f"Bearer {TOKEN}".encode()] * 2


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
async def test_only_post_sends(teams: LocalTeams, notify_client: Client, method: str) -> None:
    ada = teams.world.people[0]
    await do(teams, notify_client, ada)
    async with notify_client.request(
        method,
        "/api/notify",
        headers={"Authorization": f"Bearer {TOKEN}"},
        json={"to": ada.aad_object_id, "text": "hi"},
    ) as answer:
        assert answer.status == 405
    assert texts(teams, ada) == []


# -- what they ask ---------------------------------------------------------------------------------

ADA = contoso().people[0].aad_object_id


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", "The body must be JSON."),
        ("to=Ada", "The body must be JSON."),
        (b"\xff", "The body must be JSON."),
        ([], "The body must be a JSON object."),
        ({}, "to must be a string that is not empty."),
        ({"to": ADA}, "text must be a string that is not empty."),
        ({"to": ADA, "text": ""}, "text must be a string that is not empty."),
        ({"to": ADA, "text": " \n"}, "text must be a string that is not empty."),
        ({"to": ADA, "text": True}, "text must be a string that is not empty."),
        ({"text": "hi"}, "to must be a string that is not empty."),
        ({"to": 5, "text": "hi"}, "to must be an Entra object ID, a GUID."),
        ({"to": [ADA], "text": "hi"}, "to must be a string that is not empty."),
        ({"to": "29:1abc", "text": "hi"}, "to must be an Entra object ID, a GUID."),
        ({"to": "ada@contoso.example", "text": "hi"}, "to must be an Entra object ID, a GUID."),
        (
            {"to": ADA, "text": "hi", "serviceUrl": "https://evil.example/", "conversation": "a:1"},
            "Only to and text are known, not conversation, serviceUrl.",
        ),
    ],
)
async def test_what_is_wrong_is_named(
    teams: LocalTeams, notify_client: Client, body: Any, expected: str
) -> None:
    ada = teams.world.people[0]
    await do(teams, notify_client, ada)
    assert await call(notify_client, body) == (400, {"error": expected})
    assert texts(teams, ada) == []


@pytest.mark.parametrize("spelled", [ADA, ADA.upper(), ADA.replace("-", ""), f"{{{ADA}}}"])
async def test_a_guid_in_any_spelling_is_the_same(
    teams: LocalTeams, notify_client: Client, spelled: str
) -> None:
    await do(teams, notify_client, teams.world.people[0])
    assert (await call(notify_client, {"to": spelled, "text": " hi "}))[0] == 202
    assert texts(teams, teams.world.people[0]) == [" hi "]


async def test_whom_the_bot_has_not_met(teams: LocalTeams, notify_client: Client) -> None:
    edsger = teams.world.people[4]
    result = {"error": f"The bot does not remember {edsger.aad_object_id}."}
    asked = {"to": edsger.aad_object_id, "text": "hi"}
    assert await call(notify_client, asked) == (404, result)
    await do(teams, notify_client, edsger)
    assert (await call(notify_client, asked))[0] == 202
    await do(teams, notify_client, edsger, "removes")
    assert await call(notify_client, asked) == (404, result)


async def test_another_tenants_people_are_not_reached(
    teams: LocalTeams, notify_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = teams.world.people[0]
    with monkeypatch.context() as patch:
        patch.setattr(teams.world, "tenant_id", "7f0fb1c6-0000-4000-8000-000000000000")
        await do(teams, notify_client, ada)
    assert len(Conversations().all()) == 1
    assert (await call(notify_client, {"to": ada.aad_object_id, "text": "hi"}))[0] == 404
    assert texts(teams, ada) == []


async def test_who_opted_out_is_left_alone(teams: LocalTeams, notify_client: Client) -> None:
    ada = teams.world.people[0]
    await do(teams, notify_client, ada)
    Conversations().opt_out(teams.world.tenant_id, teams.world.personal_chat(ada).id)
    assert await call(notify_client, {"to": ADA, "text": "hi"}) == (
        403,
        {"error": f"{ADA} asked for no more notifications."},
    )
    assert texts(teams, ada) == []


# -- what Teams says -------------------------------------------------------------------------------


async def test_who_blocked_the_bot_is_told_and_not_asked_again(
    teams: LocalTeams, notify_client: Client
) -> None:
    ada = teams.world.people[0]
    await do(teams, notify_client, ada)
    ada.blocked = True
    status, answer = await call(notify_client, {"to": ADA, "text": "hi"})
    assert status == 502
    assert answer["error"].startswith(
        "Not sent. Teams answered 403 MessageWritesBlocked: Thread is blocked from message writes."
    )
    requests = len(teams.wire)
    assert await call(notify_client, {"to": ADA, "text": "hi"}) == (
        403,
        {"error": f"{ADA} blocked the bot."},
    )
    assert len(teams.wire) == requests
    ada.blocked = False
    await do(teams, notify_client, ada)
    assert (await call(notify_client, {"to": ADA, "text": "hi"}))[0] == 202


async def test_what_passes_is_told_and_the_person_kept(
    teams: LocalTeams, notify_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    await do(teams, notify_client, teams.world.people[0])

    def answer(_: World, __: Request) -> Response:
        body = b'{"error": {"code": "Throttled", "message": "Too many requests."}}'
        return Response(429, {"Content-Type": "application/json"}, body)

    with monkeypatch.context() as patch:
        patch.setattr("samples.local_teams.server.hub.answer", answer)
        status, result = await call(notify_client, {"to": ADA, "text": "hi"})
    assert status == 502
    assert result["error"].startswith("Not sent. Teams answered 429 Throttled: Too many requests.")
    assert (await call(notify_client, {"to": ADA, "text": "hi"}))[0] == 202


async def test_nothing_answers(teams: LocalTeams, notify_client: Client) -> None:
    with LocalTeams() as gone:
        url = gone.service_url
    await do(teams, notify_client, teams.world.people[0], service_url=url)
    status, answer = await call(notify_client, {"to": ADA, "text": "hi"})
    assert status == 502
    assert "Cannot connect to host" in answer["error"]


# -- starting --------------------------------------------------------------------------------------


@pytest.fixture
def ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What would serve until stopped, should the bot start all the same, does not."""
    monkeypatch.setattr(web, "run_app", lambda *_, **__: None)


@pytest.mark.usefixtures("environ", "ends_at_once")
@pytest.mark.parametrize(
    ("token", "expected"),
    [
        (None, "NOTIFY_TOKEN is not set."),
        ("", "NOTIFY_TOKEN is not set."),
        ("x" * 31, "NOTIFY_TOKEN has fewer than 32 characters. Make one with: python -c"),
    ],
)
def test_without_a_good_token_it_does_not_start(
    monkeypatch: pytest.MonkeyPatch, token: str | None, expected: str
) -> None:
    if token is None:
        monkeypatch.delenv("NOTIFY_TOKEN", raising=False)
    else:
        monkeypatch.setenv("NOTIFY_TOKEN", token)
    with pytest.raises(SystemExit) as ended:
        start("notify")
    assert str(ended.value).startswith(expected)


@pytest.mark.usefixtures("environ", "ends_at_once")
def test_without_its_tenant_it_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_TOKEN", TOKEN)
    monkeypatch.delenv("TEAMS_TENANT_ID")
    with pytest.raises(SystemExit, match="TEAMS_TENANT_ID is not set"):
        start("notify")
