"""Local Teams behind HTTP: its API, and the command that serves it."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections import deque
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from samples.local_teams.model.world import contoso
from samples.local_teams.server import app as server
from samples.local_teams.server.app import (
    PORT,
    STATE,
    WIRE_KEPT,
    LocalTeams,
    make_app,
    serve,
    serving,
)
from samples.runner.running import start
from tests.support import ROOT
from tests.support.waiting import DEADLINE


def get(url: str) -> Any:
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)


def test_the_world_says_what_is_there(teams: LocalTeams) -> None:
    told = get(f"{teams.service_url}_local/world")
    assert told == teams.world.as_json(teams.service_url)
    assert {"serviceUrl", "tenantId", "bot", "people", "groupChats", "teams"} <= set(told)
    assert {"id", "aadObjectId", "name", "installed", "blocked"} <= set(told["people"][0])
    assert {"id", "members", "installed"} <= set(told["groupChats"][0])
    assert {"id", "name", "installed", "channels"} <= set(told["teams"][0])
    assert set(told["teams"][0]["channels"][0]) == {"id", "name"}


@pytest.mark.usefixtures("environ")
def test_messages_are_told_oldest_first(teams: LocalTeams) -> None:
    chat = teams.world.personal_chat(teams.world.people[0])
    start("to_person")
    start("to_person")
    told = get(f"{teams.service_url}_local/conversations/{quote(chat.id)}")
    assert [m["text"] for m in told] == ["The report you asked for is ready."] * 2
    assert [m["timestamp"][11:19] for m in told] == ["09:00:00", "09:00:01"]


def test_an_unknown_conversation_is_named(teams: LocalTeams) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        get(f"{teams.service_url}_local/conversations/a%3A1nowhere")
    assert caught.value.code == 404
    assert json.load(caught.value) == {"error": "There is no conversation a:1nowhere"}
    caught.value.close()


def test_every_request_is_kept_with_its_answer(teams: LocalTeams) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        get(f"{teams.service_url}v3/conversations")
    caught.value.close()
    [exchange] = teams.exchanges
    assert (exchange.request.method, exchange.request.path) == ("GET", "/v3/conversations")
    assert exchange.response.status == caught.value.code == 405


@pytest.mark.usefixtures("environ")
async def test_a_page_is_told_what_changed_and_nothing_else(teams: LocalTeams) -> None:
    ada, grace = (teams.world.personal_chat(person) for person in teams.world.people[:2])
    teams.world.post(grace, {"type": "message", "text": "hi"})
    lunch = teams.world.teams[0].channels[1]
    teams.world.post(lunch, {"type": "message", "text": "gone soon"})
    teams.world.remove_channel(lunch)
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{teams.service_url}_local/changes") as stream,
        asyncio.timeout(DEADLINE),
    ):

        async def next_event() -> Any:
            while not (line := (await stream.content.readline()).strip()):
                pass
            return json.loads(line.removeprefix(b"data: "))

        first = await next_event()  # what there is when a page opens
        assert first["world"] is True and first["wire"] == 0
        assert first["conversations"] == [
            {
                "id": grace.id,
                "person": teams.world.people[1].id,
                "messages": 1,
                "newest": grace.messages[0]["timestamp"],
                "from": "Contoso Notifier",
                "text": "hi",
            }
        ]
        await asyncio.to_thread(start, "to_person")
        said = await next_event()
        while not said["conversations"]:  # the chat was created in an event before
            said = await next_event()
        assert said["world"] is False and said["wire"] > 0
        assert [(row["id"], row["text"]) for row in said["conversations"]] == [
            (ada.id, "The report you asked for is ready.")
        ]
        async with session.post(f"{teams.service_url}_local/weather", json={"status": 429}):
            assert (await next_event())["world"] is True


@pytest.mark.usefixtures("environ")
def test_only_the_end_of_a_conversation_on_request(teams: LocalTeams) -> None:
    chat = teams.world.personal_chat(teams.world.people[0])
    for text in "abc":
        teams.world.post(chat, {"type": "message", "text": text})
    told = get(f"{teams.service_url}_local/conversations/{quote(chat.id)}?last=2")
    assert [m["text"] for m in told] == ["b", "c"]


@pytest.mark.usefixtures("environ")
def test_the_wire_is_numbered_and_told_from_any_number_on(teams: LocalTeams) -> None:
    start("to_person")
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{teams.service_url}v3/conversations", b"no JSON")
    caught.value.close()
    told = get(f"{teams.service_url}_local/wire")
    assert [one["number"] for one in told] == list(range(1, len(told) + 1))
    sent = next(one for one in told if "/activities" in one["path"])
    assert (sent["direction"], sent["method"], sent["status"]) == ("to Teams", "POST", 201)
    assert sent["body"]["text"] == "The report you asked for is ready."
    assert sent["answer"]["id"]
    assert datetime.now(UTC) - datetime.fromisoformat(sent["at"]) < timedelta(minutes=1)
    assert told[-1]["body"] == "no JSON" and told[-1]["status"] == 400
    assert get(f"{teams.service_url}_local/wire?after={len(told) - 1}") == told[-1:]


def test_the_wire_from_a_number_that_is_none(teams: LocalTeams) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        get(f"{teams.service_url}_local/wire?after=-1")
    assert caught.value.code == 400
    assert json.load(caught.value) == {"error": "after is a number, not '-1'"}
    caught.value.close()


def test_a_server_keeps_the_end_of_the_wire() -> None:
    """A server runs for days; a test may count all that its bot asked."""
    with serving(make_app(contoso())) as url:
        for _ in range(3):
            with pytest.raises(urllib.error.HTTPError) as caught:
                get(f"{url}v3/conversations")
            caught.value.close()
        assert [one["number"] for one in get(f"{url}_local/wire")] == [1, 2, 3]
    kept = make_app(contoso())[STATE].exchanges
    assert isinstance(kept, deque) and kept.maxlen == WIRE_KEPT == 1000


def test_without_npm_the_page_is_told_so(
    teams: LocalTeams, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(server, "CARDS", tmp_path / "adaptivecards.min.js")
    with urllib.request.urlopen(f"{teams.service_url}page/adaptivecards.min.js") as answer:
        assert answer.headers["Content-Type"].startswith("text/javascript")
        assert b"npm ci" in answer.read()


def test_a_busy_port_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit) as ended:
            serve(port=port)
    told = str(ended.value)
    assert f"http://127.0.0.1:{port}/" in told and "in use" in told
    assert f"--port {port + 1}" in told


def test_an_address_of_a_bot_that_is_none_is_named() -> None:
    with pytest.raises(SystemExit, match="'3978' is no messaging endpoint"):
        serve(bot="3978")


def test_serve_says_where_and_stops_when_told() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "samples.local_teams", "serve", "--port", str(port)]
    command += ["--bot", "http://127.0.0.1:3978/api/messages"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdout
        try:
            assert f"http://127.0.0.1:{port}/" in process.stdout.readline()
            told = get(f"http://127.0.0.1:{port}/_local/world")
            assert told["serviceUrl"] == f"http://127.0.0.1:{port}/"
            bot = get(f"http://127.0.0.1:{port}/_local/bot")
            assert bot["url"] == "http://127.0.0.1:3978/api/messages"
        finally:
            process.terminate()
        assert process.wait(10) == 0
    assert PORT == 8090
