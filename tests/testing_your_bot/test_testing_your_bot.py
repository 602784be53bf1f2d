"""Testing your own bot: the fixture's objects, and the page's example from another project."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import threading
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from aiohttp import web

from samples.local_teams.server.app import LocalTeams
from samples.local_teams.to_bot.courier import NotDelivered
from tests.support import ROOT
from tests.support.waiting import DEADLINE, eventually, listens

EXAMPLE = ROOT / "samples" / "testing_your_bot"


# -- what can be asked ---------------------------------------------------------------------------


async def silent(request: web.Request) -> web.Response:
    return web.Response()


def test_people_do_what_people_do(teams: LocalTeams) -> None:
    barbara = teams.person("Barbara")
    added, installed = barbara.install()
    assert (added["type"], installed["action"]) == ("conversationUpdate", "add")
    assert teams.world.people[5].installed
    assert barbara.block() == barbara.unblock() == []
    assert barbara.remove()[-1]["action"] == "remove"
    assert not teams.world.people[5].installed
    [created] = teams.person("Ada").does("creates", "Engineering/Ideas")
    assert created["channelData"]["eventType"] == "channelCreated"
    assert teams.channel("Engineering/Ideas").messages == []


def test_what_was_said_where(teams: LocalTeams) -> None:
    ada, world = teams.person("Ada"), teams.world
    releases, party = teams.channel("Engineering/Releases"), teams.group("Launch party")
    assert (releases.id, party.id) == (
        world.teams[0].channels[1].id,
        world.group_chats[0].conversation.id,
    )
    assert teams.chat("Ada").id == world.personal_chat(world.people[0]).id
    ada.says("Version 2 is out", "Engineering/Releases")
    post = releases.messages[0]["id"]
    ada.says("And 2.1", "Engineering/Releases", reply_to=post)
    assert releases.messages[1]["conversation"]["id"] == f"{releases.id};messageid={post}"
    ada.says("Cake!", "Launch party")
    assert [m["text"] for m in party.messages] == ["Cake!"]
    assert releases.texts == party.texts == []  # the bot said nothing

    card = {"type": "AdaptiveCard", "body": []}
    conversation = world.teams[0].channels[1]
    attachments = [
        {"contentType": "application/vnd.microsoft.card.adaptive", "content": card},
        {"contentType": "image/png", "contentUrl": "https://contoso.example/a.png"},
    ]
    world.post(conversation, {"type": "message", "attachments": attachments})
    said = world.post(conversation, {"type": "message", "text": "Done"})
    assert (releases.texts, releases.cards) == (["Done"], [card])
    world.update(said, {"type": "message", "text": "Undone"})
    assert releases.texts == ["Undone"]
    world.delete(said)
    assert releases.texts == []


def test_a_name_that_nobody_has_is_named(teams: LocalTeams) -> None:
    for find in (teams.person, teams.chat):
        with pytest.raises(ValueError, match="Nobody is called 'Zoe'"):
            find("Zoe")
    for look in (teams.group, teams.channel):
        with pytest.raises(ValueError, match="called 'Engineering/Nowhere'"):
            look("Engineering/Nowhere")
    with pytest.raises(ValueError, match="called 'Nowhere'"):
        teams.person("Ada").install("Nowhere")


def test_a_bot_that_answers_after_its_turn_is_waited_for(teams: LocalTeams) -> None:
    """Nothing but the clock ends a wait for what never comes, so that wait is short."""
    chat, later = teams.chat("Ada"), threading.Event()

    def post() -> None:
        later.wait()
        chat_of = teams.world.personal_chat(teams.world.people[0])
        body = b'{"type": "message", "text": "it is done"}'
        request = urllib.request.Request(
            f"{teams.service_url}v3/conversations/{quote(chat_of.id, safe='')}/activities", body
        )
        urllib.request.urlopen(request).close()

    thread = threading.Thread(target=post)
    thread.start()
    with pytest.raises(TimeoutError, match="sent 0 of 1 messages to Ada Lovelace"):
        chat.wait_for(1, seconds=0.01)
    later.set()
    assert [m["text"] for m in chat.wait_for(1, seconds=DEADLINE)] == ["it is done"]
    thread.join()


async def test_the_bot_hears_and_tests_read_inside_a_running_loop_too(teams: LocalTeams) -> None:
    teams.bot = silent
    await asyncio.to_thread(teams.person("Ada").says, "hi")
    teams.person("Ada").says("hi")  # the bot has a loop of its own
    assert [e.direction for e in teams.wire] == ["to the bot"] * 2


def test_a_bot_that_fails_fails_the_test(teams: LocalTeams) -> None:
    async def broken(request: web.Request) -> web.Response:
        raise web.HTTPBadRequest(text="no such command")

    teams.bot = broken
    with pytest.raises(NotDelivered, match=r"400 from .* to message: no such command"):
        teams.person("Ada").says("hi")


# -- from another project --------------------------------------------------------------------------


@contextmanager
def listening() -> Iterator[str]:
    """The example bot in a process of its own; gives its URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    bot = [sys.executable, str(EXAMPLE / "greeting_bot.py")]
    with subprocess.Popen(bot, env=os.environ | {"PORT": str(port)}, cwd=ROOT) as process:
        try:
            eventually(lambda: listens(port))
            yield f"http://127.0.0.1:{port}/api/messages"
        finally:
            process.terminate()


def pytest_says(*arguments: str, cwd: Path, path: Path) -> str:
    """What a pytest of its own says, where only these packages are added to those installed."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(
        command,
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_example_passes_as_it_stands() -> None:
    told = pytest_says(
        "-p", "samples.local_teams.testing.plugin", str(EXAMPLE), cwd=ROOT, path=ROOT
    )
    assert "3 passed" in told


def test_the_installed_package_brings_the_fixture_to_another_project(tmp_path: Path) -> None:
    """In-process as the page shows it, and at a URL as the page says: without the first line."""
    installed, project = tmp_path / "installed", tmp_path / "project"
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True)
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        names = packed.namelist()
        packed.extractall(installed)
    top = {name.partition("/")[0] for name in names}
    assert len(top) == 2 and "teams_guide" in top and "samples" not in top
    assert "teams_guide/local_teams/page/index.html" in names

    shutil.copytree(EXAMPLE, project, ignore=shutil.ignore_patterns("__pycache__"))
    # A name that no installed package may take from the reader.
    (project / "samples.py").write_text("MINE = True\n")
    (project / "test_mine.py").write_text(
        "import samples\n\n\ndef test_samples_is_mine():\n    assert samples.MINE\n"
    )
    shown = (EXAMPLE / "test_greeting_bot.py").read_text("utf-8")
    assert shown.count("make_app") == 2
    at_url = "".join(line for line in shown.splitlines(True) if "make_app" not in line)
    (project / "test_at_a_url.py").write_text(at_url, "utf-8")
    with listening() as url:
        told = pytest_says(f"--teams-bot={url}", "-v", cwd=project, path=installed)
    assert "5 passed" in told
    assert "test_at_a_url.py::test_it_greets PASSED" in told
    assert "test_greeting_bot.py::test_it_greets PASSED" in told
