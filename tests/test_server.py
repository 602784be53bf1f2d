"""Local Teams behind HTTP: its API, its live page, and the command that serves it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from samples.local_teams.running import start
from samples.local_teams.server import PORT, LocalTeams, serve

ROOT = Path(__file__).parents[1]


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
async def test_a_change_is_pushed(teams: LocalTeams) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{teams.service_url}_local/changes") as stream,
        asyncio.timeout(10),
    ):

        async def next_event() -> bytes:
            while not (line := (await stream.content.readline()).strip()):
                pass
            return line

        assert await next_event() == b"data: changed"  # what there is when a page opens
        await asyncio.to_thread(start, "to_person")
        assert await next_event() == b"data: changed"


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


# -- the page --------------------------------------------------------------------------------------


def shown(browser: webdriver.Chrome) -> list[str]:
    """What the open conversation shows, a text a message."""
    root = browser.find_element(By.TAG_NAME, "teams-conversation").shadow_root
    return [said.text for said in root.find_elements(By.CSS_SELECTOR, ".said")]


@pytest.mark.usefixtures("environ")
def test_the_page_shows_a_message_as_it_arrives(
    teams: LocalTeams, browser: webdriver.Chrome, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.get(teams.service_url)
    # The column is drawn anew with every change, so a row may be gone while it is read.
    wait = WebDriverWait(browser, 10, ignored_exceptions=[StaleElementReferenceException])
    wait.until(lambda _: browser.find_elements(By.CSS_SELECTOR, "nav button"))
    rows = [row.text for row in browser.find_elements(By.CSS_SELECTOR, "nav button")]
    assert "Ada Lovelace" in rows and "Releases" in rows
    assert "Dennis Ritchie blocked the bot" in rows
    assert shown(browser) == []

    start("to_person")  # to Ada, whose chat is open
    wait.until(lambda _: shown(browser))
    assert shown(browser) == ["The report you asked for is ready."]

    grace = teams.world.people[1]
    monkeypatch.setenv("TEAMS_USER_ID", grace.id)
    start("to_person")
    row = f"nav button[data-id='{teams.world.personal_chat(grace).id}']"
    wait.until(lambda _: "1 new" in browser.find_element(By.CSS_SELECTOR, row).text)
    if picture := os.environ.get("PICTURE"):
        media = {"features": [{"name": "prefers-color-scheme", "value": "light"}]}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
        metrics = {"width": 900, "height": 600, "deviceScaleFactor": 1.5, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        browser.save_screenshot(picture)
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})

    browser.find_element(By.CSS_SELECTOR, row).click()
    wait.until(lambda _: "1 new" not in browser.find_element(By.CSS_SELECTOR, row).text)
    assert shown(browser) == ["The report you asked for is ready."]


def test_a_thread_is_drawn_with_its_replies(teams: LocalTeams, browser: webdriver.Chrome) -> None:
    channel = teams.world.teams[0].channels[1]
    post = teams.world.post(channel, {"type": "message", "text": "Disk <b>full</b>"})
    teams.world.post(channel, {"type": "message", "text": "Another"})
    teams.world.post(channel, {"type": "message", "text": "Fixed"}, thread=post["id"])
    browser.get(f"{teams.service_url}?conversation={quote(channel.id)}")
    WebDriverWait(browser, 10).until(lambda _: shown(browser))
    assert shown(browser) == ["Disk <b>full</b>", "Fixed", "Another"]
    root = browser.find_element(By.TAG_NAME, "teams-conversation").shadow_root
    replies = root.find_elements(By.CSS_SELECTOR, ".replies .said")
    assert [reply.text for reply in replies] == ["Fixed"]
    assert re.fullmatch(r"\d\d:\d\d.*", root.find_element(By.CSS_SELECTOR, "time").text)
