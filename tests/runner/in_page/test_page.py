"""Samples run without a network: Local Teams' part of Run in the page, here without a browser."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from samples.local_teams.events.actions import UserAction
from samples.local_teams.model.contoso import contoso
from samples.runner.in_page import Page, page, run
from samples.runner.registry import Registry, find
from samples.runner.report import gist
from samples.runner.stories import Story
from tests.support.in_page import Heard, write


@pytest.mark.parametrize(
    "sample",
    [
        *("to_person", "to_channel", "remember", "price_alert", "who_left", "slow_answer"),
        *("interject", "reconcile", "broadcast"),  # a dialog, Graph, and asyncio.run in a function
    ],
)
async def test_as_much_arrives_as_over_a_network(heard: Heard, tmp_path: Path, sample: str) -> None:
    await run(sample, contoso(), heard, folder=str(tmp_path))
    recorded = json.loads(find(sample).recording.read_text("utf-8"))
    assert "failed" not in heard
    assert {c["title"]: [gist(m) for m in c["messages"]] for c in heard["arrived"][0]} == {
        c["title"]: [gist(m) for m in c["messages"]] for c in recorded["arrived"]
    }
    assert len(heard.printed.splitlines()) == len(recorded["printed"].splitlines())
    to_teams = [one["method"] for one in heard["wire"] if one["direction"] == "to Teams"]
    assert to_teams == [one["method"] for one in recorded["wire"]]


async def test_each_run_begins_anew(heard: Heard, tmp_path: Path) -> None:
    before = dict(sys.modules)["__main__"]
    await run("to_person", contoso(), heard, folder=str(tmp_path))
    first = sys.modules["samples.shared.bot"]
    await run("to_person", contoso(), heard, folder=str(tmp_path))
    assert sys.modules["samples.shared.bot"] is not first
    assert sys.modules["__main__"] is before
    assert [len(chats) for chats in heard["arrived"]] == [1, 1]


async def test_a_bot_that_ends_is_no_bot(heard: Heard, written: Registry, tmp_path: Path) -> None:
    write(written, "print('hello')\n")
    async with Page(contoso(), heard, folder=str(tmp_path), registry=written) as here:
        with pytest.raises(SystemExit, match="mine ended; it does not serve"):
            await here.start("mine")


async def test_a_bot_answers_what_it_is_sent(heard: Heard, tmp_path: Path) -> None:
    world = contoso()
    async with Page(world, heard, folder=str(tmp_path)) as here:
        await here.start("proactive_bot")
        assert await here.happen(UserAction("Ada Lovelace", "says", text="hello")) == ""
        said = world.personal_chat(world.people[0]).messages
        assert [m["from"]["name"] for m in said] == ["Ada Lovelace", *["Contoso Notifier"] * 2]
        assert "Nobody is called" in await here.happen(UserAction("Nobody", "says", text="x"))


BOT = """
from aiohttp import web


async def answer(request):
    return web.Response(status=500)


app = web.Application()
app.router.add_post("/{anything:.*}", answer)
web.run_app(app)
"""


FORGETFUL = """
from aiohttp import ClientSession, web


async def open_sessions(app):
    used, unused = ClientSession(), ClientSession()
    await (await used.get("http://127.0.0.1:8090/_local/bot")).release()


app = web.Application()
app.on_startup.append(open_sessions)
web.run_app(app)
"""


async def test_a_killed_bot_closes_nothing_and_nobody_complains(
    heard: Heard, written: Registry, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(written, BOT)
    async with Page(contoso(), heard, folder=str(tmp_path), registry=written) as here:
        await here.start("mine")
        here.kill()
        write(written, FORGETFUL)
        await here.start("mine")
        gc.collect()
        assert heard.printed == ""
        assert caplog.messages == []
        loop = asyncio.get_running_loop()
        loop.call_exception_handler({"message": "Something else went wrong."})
        assert caplog.messages == ["Something else went wrong."]


@pytest.mark.parametrize(
    ("step", "complaint"),
    [
        ({"who": "Ada Lovelace", "does": "says", "text": "hi"}, "500 from the bot at"),
        ({"call": "/api/notify"}, "mine answered 500 to POST /api/notify"),
        ({"call": "/api/notify", "expect": 202}, "mine answered 500 to POST /api/notify"),
        ({"wait": 1}, "mine keeps silent"),
    ],
)
async def test_a_bot_that_fails_stops_its_story(
    heard: Heard,
    written: Registry,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: dict[str, Any],
    complaint: str,
) -> None:
    write(written, BOT)
    monkeypatch.setattr(page, "PATIENCE", 0.05)
    async with Page(contoso(), heard, folder=str(tmp_path), registry=written) as here:
        with pytest.raises(SystemExit, match=complaint):
            await here.play(Story("mine", steps=[step]))
