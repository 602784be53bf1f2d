"""What is said at once, what comes later, and what a restart leaves of it."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from samples.local_teams.events.actions import UserAction, perform
from samples.local_teams.model.exchange import Request, Response
from samples.local_teams.model.world import World
from samples.local_teams.services.dispatch import answer
from samples.local_teams.testing import LocalTeams
from samples.runner.running import start
from samples.shared.bot import connect
from samples.well.slow_answer.__main__ import make_app
from samples.well.slow_answer.jobs import Jobs
from tests.support import ROOT
from tests.support.talking import looks_at, story
from tests.support.waiting import DEADLINE, eventually, eventually_async, listens

JSON = {"Content-Type": "application/json"}

ADA = "Ada Lovelace"
TAKES_A_WHILE = "The report on sales takes a while. I send it when it is ready."
HELLO = f"Hello, {ADA}. Say, for example: report on sales"
REPORT = "The report on sales you asked for: up 4 % on last month."


def activities(teams: LocalTeams, who: str, text: str, where: str = "", **more: str) -> list[Any]:
    happening = UserAction(who, "says", where, text, **more)
    return perform(teams.world, happening, service_url=teams.service_url)


def said_to(teams: LocalTeams, who: str = ADA) -> list[str]:
    """What the bot said in somebody's personal chat, oldest first."""
    person = next(p for p in teams.world.people if p.name == who)
    messages = teams.world.personal_chat(person).messages
    return [m["text"] for m in messages if m["from"]["id"] == teams.world.bot_id]


class Scene:
    def __init__(self, teams: LocalTeams, database: str) -> None:
        self.teams = teams
        self.jobs = Jobs(database)

    @asynccontextmanager
    async def bot(
        self, *, seconds: float = 0, again_after: float = 60, quotes: bool = False
    ) -> AsyncIterator[None]:
        """The bot behind HTTP, from its start to its stop."""
        app = make_app(
            connect(), self.jobs, seconds=seconds, again_after=again_after, quotes=quotes
        )
        async with TestClient(TestServer(app)) as self.client:
            yield

    async def says(self, who: str, text: str, where: str = "", **more: str) -> None:
        for activity in activities(self.teams, who, text, where, **more):
            async with self.client.post("/api/messages", json=activity) as answered:
                assert answered.ok, await answered.text()


@pytest.fixture
def slow_scene(teams: LocalTeams, environ: dict[str, str]) -> Scene:
    return Scene(teams, environ["CONVERSATIONS_URL"])


@looks_at("slow_answer")
def test_a_promise_outlives_the_process() -> None:
    """The story that the page shows: killed in the middle of the work."""
    done = story("slow_answer")
    assert not done.complaint
    assert done.printed == "working on: sales\nworking on: sales\n"
    [(chat, messages)] = done.arrived
    assert chat.name == ADA
    assert [m["text"] for m in messages] == [
        "report on sales",
        TAKES_A_WHILE,
        "hi",
        HELLO,
        REPORT,
    ]


async def test_the_conversation_goes_on_meanwhile(slow_scene: Scene) -> None:
    async with slow_scene.bot(seconds=60):
        await slow_scene.says(ADA, "  Report ON  sales ")
        await slow_scene.says(ADA, "hi")
        await slow_scene.says("Grace Hopper", "report on")
        assert said_to(slow_scene.teams) == [TAKES_A_WHILE, HELLO]
        assert said_to(slow_scene.teams, "Grace Hopper") == [HELLO.replace(ADA, "Grace Hopper")]
    async with slow_scene.bot():
        await eventually_async(lambda: not slow_scene.jobs.undone())
    assert said_to(slow_scene.teams) == [TAKES_A_WHILE, HELLO, REPORT]


async def test_an_answer_quotes_its_question_where_that_is_on(slow_scene: Scene) -> None:
    async with slow_scene.bot(quotes=True):
        await slow_scene.says(ADA, "report on sales")
        await eventually_async(lambda: not slow_scene.jobs.undone())
    messages = slow_scene.teams.world.personal_chat(slow_scene.teams.world.people[0]).messages
    question, _, answered = messages
    assert answered["text"] == f'<quoted messageId="{question["id"]}"/> {REPORT}'
    [entity] = answered["entities"]
    assert entity["quotedReply"]["messageId"] == question["id"]
    assert entity["quotedReply"]["preview"] == "report on sales"


def test_whether_to_quote_is_0_or_1(environ: dict[str, str]) -> None:
    with (
        pytest.MonkeyPatch.context() as patch,
        pytest.raises(SystemExit, match="SLOW_ANSWER_QUOTES is 0 or 1, not 'yes'"),
    ):
        patch.setenv("SLOW_ANSWER_QUOTES", "yes")
        start("slow_answer")


async def test_a_message_without_text_is_answered(slow_scene: Scene) -> None:
    [activity] = activities(slow_scene.teams, ADA, "(a picture)")
    del activity["text"]
    async with slow_scene.bot(), slow_scene.client.post("/api/messages", json=activity) as answered:
        assert answered.ok
    assert said_to(slow_scene.teams) == [HELLO]


async def test_everybody_gets_their_own_answer_in_the_order_of_asking(
    slow_scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    async with slow_scene.bot(seconds=60):
        await slow_scene.says(ADA, "report on sales")
        await slow_scene.says("Grace Hopper", "report on stock")
    capsys.readouterr()
    async with slow_scene.bot():
        await eventually_async(lambda: not slow_scene.jobs.undone())
    assert capsys.readouterr().out == "working on: sales\nworking on: stock\n"
    assert said_to(slow_scene.teams)[-1] == REPORT
    assert said_to(slow_scene.teams, "Grace Hopper")[-1] == (
        "The report on stock you asked for: enough for three weeks."
    )


async def test_in_a_channel_the_answer_comes_in_the_thread(slow_scene: Scene) -> None:
    incidents = slow_scene.teams.world.teams[0].channels[2]
    async with slow_scene.bot():
        await slow_scene.says(
            ADA, "<at>Contoso Notifier</at> report on sales", "Engineering/Incidents"
        )
        await eventually_async(lambda: len(incidents.messages) == 3)
    asked, promised, answered = incidents.messages
    assert [promised["text"], answered["text"]] == [TAKES_A_WHILE, REPORT]
    assert asked["conversation"] == promised["conversation"] == answered["conversation"]


async def test_work_that_fails_is_told_and_does_not_stop_the_others(slow_scene: Scene) -> None:
    async with slow_scene.bot():
        await slow_scene.says(ADA, "report on weather")
        await slow_scene.says("Grace Hopper", "report on sales")
        await eventually_async(lambda: not slow_scene.jobs.undone())
    assert said_to(slow_scene.teams)[-1] == (
        "I could not write the report on weather: there are figures for sales and stock only."
    )
    assert said_to(slow_scene.teams, "Grace Hopper")[-1] == REPORT


async def test_stopped_in_the_middle_it_goes_on_at_the_next_start(
    slow_scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    printed: list[str] = []

    def works() -> bool:
        printed.append(capsys.readouterr().out)
        return "".join(printed) == "working on: sales\n"

    async with slow_scene.bot(seconds=60):
        await slow_scene.says(ADA, "report on sales")
        await eventually_async(works)
    assert said_to(slow_scene.teams) == [TAKES_A_WHILE]
    async with slow_scene.bot():
        await eventually_async(lambda: not slow_scene.jobs.undone())
    assert said_to(slow_scene.teams) == [TAKES_A_WHILE, REPORT]
    assert capsys.readouterr().out == "working on: sales\n"


async def test_killed_between_sending_and_keeping_that_it_sends_twice(
    slow_scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """At least once: the page says so."""
    with monkeypatch.context() as killed:
        killed.setattr(slow_scene.jobs, "done", lambda _: None)
        async with slow_scene.bot():
            await slow_scene.says(ADA, "report on sales")
            await eventually_async(lambda: len(said_to(slow_scene.teams)) == 2)
    async with slow_scene.bot():
        await eventually_async(lambda: not slow_scene.jobs.undone())
    assert said_to(slow_scene.teams) == [TAKES_A_WHILE, REPORT, REPORT]
    assert capsys.readouterr().out == "working on: sales\n"  # the answer was kept


def fail_once(monkeypatch: pytest.MonkeyPatch, status: int, body: bytes = b"") -> None:
    """Local Teams answers the next request so, and the others as ever."""
    first = iter([True])

    def once(world: World, request: Request) -> Response:
        return Response(status, JSON, body) if next(first, False) else answer(world, request)

    monkeypatch.setattr("samples.local_teams.server.hub.answer", once)


async def test_what_may_be_tried_again_is(
    slow_scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with slow_scene.bot(seconds=60):
        await slow_scene.says(ADA, "report on sales")
    capsys.readouterr()
    fail_once(monkeypatch, 503)
    async with slow_scene.bot(again_after=0.05):
        await eventually_async(lambda: not slow_scene.jobs.undone())
    assert said_to(slow_scene.teams) == [TAKES_A_WHILE, REPORT]
    printed = capsys.readouterr().out
    assert printed.count("working on: sales") == 1 and "Teams answered 503" in printed


async def test_while_teams_cannot_be_reached_the_answer_waits(
    slow_scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    async with slow_scene.bot(seconds=60):
        await slow_scene.says(ADA, "report on sales")
    [job] = slow_scene.jobs.undone()
    elsewhere = job.reference()
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        elsewhere.service_url = f"http://127.0.0.1:{free.getsockname()[1]}/"
    slow_scene.jobs.done(job)
    slow_scene.jobs.add(elsewhere, "sales")
    async with slow_scene.bot():
        await eventually_async(lambda: "Cannot connect to host" in capsys.readouterr().out)
    [job] = slow_scene.jobs.undone()
    assert job.answer == REPORT


@pytest.mark.parametrize(
    ("status", "code"), [(413, "MessageSizeTooBig"), (403, "BotDisabledByAdmin"), (418, "Teapot")]
)
async def test_what_would_be_refused_again_is_given_up(
    slow_scene: Scene,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    status: int,
    code: str,
) -> None:
    async with slow_scene.bot(seconds=60):
        await slow_scene.says(ADA, "report on sales")
    body = {"error": {"code": code, "message": "No."}}
    fail_once(monkeypatch, status, json.dumps(body).encode())
    async with slow_scene.bot(again_after=0.05):
        await eventually_async(lambda: not slow_scene.jobs.undone())
    assert said_to(slow_scene.teams) == [TAKES_A_WHILE]
    assert f"Teams answered {status} {code}" in capsys.readouterr().out


async def test_who_blocks_the_bot_meanwhile_does_not_stop_the_others(
    slow_scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    async with slow_scene.bot(seconds=60):
        await slow_scene.says(ADA, "report on sales")
        await slow_scene.says("Grace Hopper", "report on sales")
    slow_scene.teams.world.people[0].blocked = True
    async with slow_scene.bot():
        await eventually_async(lambda: not slow_scene.jobs.undone())
    assert said_to(slow_scene.teams) == [TAKES_A_WHILE]
    assert said_to(slow_scene.teams, "Grace Hopper") == [TAKES_A_WHILE, REPORT]
    assert "403 MessageWritesBlocked" in capsys.readouterr().out


def test_it_does_not_start_without_a_database(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CONVERSATIONS_URL")
    with pytest.raises(SystemExit, match=r"^CONVERSATIONS_URL is not set\."):
        start("slow_answer")


def test_when_the_worker_fails_the_bot_ends(
    teams: LocalTeams, environ: dict[str, str], tmp_path: Path
) -> None:
    """A bot that only promises is worse than one that is down and is started again."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    variables = environ | {"PORT": port, "SLOW_ANSWER_SECONDS": "0.5", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [sys.executable, "-m", "samples.well.slow_answer"],
        env=os.environ | variables,
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    ) as bot:
        try:
            eventually(lambda: listens(port))
            [activity] = activities(teams, ADA, "report on sales")
            message = urllib.request.Request(
                f"http://127.0.0.1:{port}/api/messages",
                json.dumps(activity).encode(),
                JSON,
            )
            urllib.request.urlopen(message, timeout=DEADLINE).close()
            with closing(sqlite3.connect(tmp_path / "conversations.db")) as database:
                database.execute("DROP TABLE jobs")
            complaint = bot.communicate(timeout=DEADLINE)[1]
        finally:
            bot.kill()
    assert bot.returncode == 1
    assert "no such table: jobs" in complaint
