"""The complete bot in the Teams SDK: it greets, remembers, notifies, retries, stops and forgets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from importlib import import_module
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from samples.local_teams.testing import LocalTeams
from samples.runner.recording import recording, rehearse
from samples.runner.registry import find
from samples.runner.stories import read_story
from samples.shared.conversations import Conversations
from tests.support.acting import let
from tests.support.successors import QUIET
from tests.support.turns import receive

pytestmark = QUIET
TOKEN = "made-up-for-this-story-and-used-nowhere-else"
BARBARA = "49bda025-690c-4236-b248-a3b79b9c1d45"


def module() -> Any:
    return import_module("samples.teams_sdk.notifier")


def texts(teams: LocalTeams) -> list[str]:
    barbara = next(one for one in teams.world.people if one.aad_object_id == BARBARA)
    return [message["text"] for message in teams.world.personal_chat(barbara).messages]


@pytest.fixture
def notified(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Conversations:
    monkeypatch.setenv("NOTIFY_TOKEN", TOKEN)
    return Conversations()


async def test_the_story_of_the_page(
    teams: LocalTeams, notified: Conversations, capsys: pytest.CaptureFixture[str]
) -> None:
    steps = read_story(find("teams_sdk/notifier")).steps
    made = module().notifying(notified)
    await receive(made, teams.world, steps, teams.service_url)
    assert texts(teams) == [
        module().GREETING,
        "Build 1024 of Releases failed: 2 tests.",
        "stop",
        module().ANSWERS["stop"],
        "start",
        module().ANSWERS["start"],
        "Build 1026 of Releases is fine again.",
    ]
    answered = [
        line.split()[1] for line in capsys.readouterr().out.splitlines() if "notify" in line
    ]
    assert answered == ["202", "401", "403", "202", "404"]
    assert notified.all() == []


@pytest.fixture
async def installed(
    teams: LocalTeams, notified: Conversations
) -> AsyncIterator[TestClient[Any, Any]]:
    """The bot, which Barbara has installed; an install that Teams reports twice is greeted once."""
    app = await module().notifying(notified)
    async with TestClient(TestServer(app)) as client:
        for activity in let(teams.world, "Barbara Liskov", "installs") * 2:
            activity["serviceUrl"] = teams.service_url
            assert (await client.post("/api/messages", json=activity)).status == 200
        yield client


async def notify(client: TestClient[Any, Any], **payload: str) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = await client.post("/api/notify", json=payload, headers=headers)
    return answer.status, await answer.text()


async def test_what_teams_refuses_for_now_is_sent_again(
    teams: LocalTeams, installed: TestClient[Any, Any], no_waiting: list[float]
) -> None:
    teams.fault(status=429, retry_after=7, times=2)
    status, _ = await notify(installed, to=BARBARA, text="Build 1 failed.")
    assert status == 202
    assert [7 <= wait < 8 for wait in no_waiting] == [True, True]
    assert texts(teams) == [module().GREETING, "Build 1 failed."]


async def test_what_may_have_arrived_is_not_sent_again(
    teams: LocalTeams, installed: TestClient[Any, Any], no_waiting: list[float]
) -> None:
    teams.fault(status=502)
    status, answer = await notify(installed, to=BARBARA, text="Build 1 failed.")
    assert status == 502 and "Perhaps sent." in answer
    assert no_waiting == [] and texts(teams) == [module().GREETING]


async def test_a_block_is_noted(
    teams: LocalTeams, installed: TestClient[Any, Any], notified: Conversations
) -> None:
    let(teams.world, "Barbara Liskov", "blocks")
    status, answer = await notify(installed, to=BARBARA, text="Build 1 failed.")
    assert status == 502 and "MessageWritesBlocked" in answer
    assert [chat.blocked for chat in notified.all()] == [True]
    status, answer = await notify(installed, to=BARBARA, text="Build 2 failed.")
    assert status == 403 and "blocked the bot" in answer


async def test_whom_it_cannot_notify(installed: TestClient[Any, Any]) -> None:
    status, answer = await notify(installed, to="barbara@contoso.example", text="Hello")
    assert status == 400 and "must be an Entra object ID" in answer


async def test_small_talk_is_not_answered(
    teams: LocalTeams, installed: TestClient[Any, Any]
) -> None:
    for activity in let(teams.world, "Barbara Liskov", "says", text="hello"):
        activity["serviceUrl"] = teams.service_url
        assert (await installed.post("/api/messages", json=activity)).status == 200
    assert texts(teams) == [module().GREETING, "hello"]


async def test_a_body_that_is_no_activity(installed: TestClient[Any, Any]) -> None:
    for body in (b"{", b"[1]"):
        headers = {"Content-Type": "application/json"}
        answer = await installed.post("/api/messages", data=body, headers=headers)
        assert answer.status == 400


@pytest.mark.prove
def test_the_page_shows_what_a_run_does() -> None:
    done = recording(rehearse("teams_sdk/notifier"))
    assert done == find("teams_sdk/notifier").recording.read_text("utf-8")
