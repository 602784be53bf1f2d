"""Samples run without a network: Local Teams' part of Run in the page, here without a browser."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from aiohttp import ClientConnectorError, ClientSession, ServerDisconnectedError

from samples.local_teams.events.actions import Happening
from samples.local_teams.model.faults import Fault
from samples.local_teams.model.world import World, contoso
from samples.runner.in_page import page as browser
from samples.runner.in_page.page import SERVICE_URL, Page, Playground, run
from samples.runner.running import gist
from samples.runner.stories import Story
from tests.support import ROOT
from tests.support.waiting import DEADLINE

RECORDED = ROOT / "docs" / "recorded"


class Heard(dict[str, list[Any]]):
    """What was told, by kind."""

    def __call__(self, kind: str, what: Any) -> None:
        self.setdefault(kind, []).append(what)

    @property
    def printed(self) -> str:
        return "".join(self.get("printed", []))

    @property
    def failed(self) -> dict[str, Any]:
        (failed,) = self["failed"]
        return dict(failed)


@pytest.fixture(autouse=True)
def modules_as_before() -> Iterator[None]:
    """A run imports the samples anew; the tests that come after it have those of before."""
    before = {name: sys.modules[name] for name in sys.modules if name.split(".")[0] == "samples"}
    yield
    for name in [name for name in sys.modules if name.split(".")[0] == "samples"]:
        del sys.modules[name]
    sys.modules.update(before)
    for name, module in before.items():
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(before[parent], child, module)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder whose files are samples too, as those that a reader writes."""
    import samples

    monkeypatch.setattr(samples, "__path__", [*samples.__path__, str(tmp_path)])
    monkeypatch.setattr(browser, "SAMPLES", tmp_path)
    return tmp_path


def ask(url: str, body: str | bytes | None = None) -> requests.Response:
    """With `requests`, as the SDK does, which waits for nobody."""
    return requests.request("POST" if body else "GET", url, data=body, timeout=DEADLINE)


async def ran(heard: Heard, folder: Path, text: str, world: World | None = None) -> Heard:
    """What is told when a reader runs this text."""
    (folder / "mine.py").write_text(text, "utf-8")
    await run("mine", world or contoso(), heard, folder=str(folder))
    return heard


@pytest.mark.parametrize(
    "sample",
    [
        *("to_person", "to_channel", "remember", "price_alert", "who_left", "slow_answer"),
        *("interject", "reconcile", "broadcast"),  # a dialog, Graph, and asyncio.run in a function
    ],
)
async def test_as_much_arrives_as_over_a_network(heard: Heard, tmp_path: Path, sample: str) -> None:
    await run(sample, contoso(), heard, folder=str(tmp_path))
    recorded = json.loads((RECORDED / f"{sample}.json").read_text("utf-8"))
    assert "failed" not in heard
    assert {c["title"]: [gist(m) for m in c["messages"]] for c in heard["arrived"][0]} == {
        c["title"]: [gist(m) for m in c["messages"]] for c in recorded["arrived"]
    }
    assert len(heard.printed.splitlines()) == len(recorded["printed"].splitlines())
    to_teams = [one["method"] for one in heard["wire"] if one["direction"] == "to Teams"]
    assert to_teams == [one["method"] for one in recorded["wire"]]


async def test_a_refusal_says_what_teams_answered_and_where(heard: Heard, tmp_path: Path) -> None:
    world = contoso()
    world.people[0].blocked = True
    await run("to_person", world, heard, folder=str(tmp_path))
    assert heard.failed["text"].startswith("Not sent. Teams answered 403 MessageWritesBlocked")
    assert heard.failed["refusal"] == {"status": 403, "code": "MessageWritesBlocked"}
    assert heard.failed["file"] == "to_person.py"
    assert heard["arrived"] == [[]]


async def test_an_install_that_is_missing_is_a_refusal_too(heard: Heard, tmp_path: Path) -> None:
    world = contoso()
    world.group_chats[0].installed = False
    await run("to_group_chat", world, heard, folder=str(tmp_path))
    assert heard.failed["refusal"]["status"] == 403 and heard.failed["refusal"]["code"]


async def test_an_answer_without_a_body_is_told_too(heard: Heard, tmp_path: Path) -> None:
    world = contoso()
    world.weather += [Fault(status=503, times=0)]
    await run("to_known_chat", world, heard, folder=str(tmp_path))
    assert heard.failed["refusal"] == {"status": 503, "code": ""}


async def test_an_error_points_at_the_readers_line(heard: Heard, written: Path) -> None:
    await ran(heard, written, "import json\n\n\ndef wrong():\n    json.loads('{')\n\n\nwrong()\n")
    assert heard.failed["text"].startswith("Traceback")
    assert heard.failed["text"].endswith("(char 1)\n") and "browser.py" not in heard.failed["text"]
    assert (heard.failed["file"], heard.failed["line"]) == ("mine.py", 5)
    assert "refusal" not in heard.failed


async def test_what_is_no_python_points_at_the_line(heard: Heard, written: Path) -> None:
    await ran(heard, written, "print('a')\nprint('b'\n")
    assert (heard.failed["file"], heard.failed["line"]) == ("mine.py", 2)
    assert "was never closed" in heard.failed["text"]
    assert heard.printed == ""


async def test_to_exit_without_a_complaint_is_no_error(heard: Heard, written: Path) -> None:
    await ran(heard, written, "print('a')\nraise SystemExit(0)\n")
    assert heard.printed == "a\n" and "failed" not in heard


async def test_asyncio_run_is_awaited_wherever_it_stands_outside_functions(
    heard: Heard, written: Path
) -> None:
    text = """
import asyncio


async def main(text):
    await asyncio.sleep(0)
    return text


class Kept:
    def later(self):
        return asyncio.run(main("never"))


async def later():
    asyncio.run(main("never"))


inside = lambda: asyncio.run(main("never"))

if __name__ == "__main__":
    print(asyncio.run(main("one")), str(asyncio.run(main("two"))))
    try:
        asyncio.run(main(1 / 0))
    except ZeroDivisionError:
        print("caught")
"""
    await ran(heard, written, text)
    assert heard.printed == "one two\ncaught\n"


async def test_functions_that_call_asyncio_run_are_awaited_too(heard: Heard, written: Path) -> None:
    text = """
import asyncio


async def main(text):
    await asyncio.sleep(0)
    return text


def run(text):
    return asyncio.run(main(text))


def twice(text):
    def shown(one):
        return f"<{one}>"

    return shown(run(text)) + shown(run(text))


print(run("one"), twice("two"))


def taken():
    return asyncio.run(main("never"))


value = taken
try:
    value()
except RuntimeError as error:
    print(error)
"""
    await ran(heard, written, text)
    said = "asyncio.run() cannot be called from a running event loop"
    assert heard.printed == f"one <two><two>\n{said}\n"


async def test_each_run_begins_anew(heard: Heard, tmp_path: Path) -> None:
    before = dict(sys.modules)["__main__"]
    await run("to_person", contoso(), heard, folder=str(tmp_path))
    first = sys.modules["samples.shared.bot"]
    await run("to_person", contoso(), heard, folder=str(tmp_path))
    assert sys.modules["samples.shared.bot"] is not first
    assert sys.modules["__main__"] is before
    assert [len(chats) for chats in heard["arrived"]] == [1, 1]


async def test_nothing_but_local_teams_is_reached(heard: Heard, tmp_path: Path) -> None:
    async with Page(contoso(), heard, folder=str(tmp_path)):
        with pytest.raises(requests.ConnectionError, match=r"not https://example\.com/"):
            ask("https://example.com/")
        async with ClientSession() as session:
            with pytest.raises(ClientConnectorError, match=r"not https://example\.com"):
                await session.get("https://example.com/")


async def test_faults_reach_both_clients(heard: Heard, tmp_path: Path) -> None:
    world = contoso()
    url = f"{SERVICE_URL}v3/conversations"
    async with Page(world, heard, folder=str(tmp_path)), ClientSession() as session:
        world.weather += [Fault(drop=True), Fault(drop=True), Fault(status=502), Fault(status=502)]
        with pytest.raises(requests.ConnectionError, match="closed"):
            ask(url, "{}")
        with pytest.raises(ServerDisconnectedError):
            await session.post(url, json={})
        assert ask(url, b"{}").status_code == 502
        async with session.post(url, json={}) as answered:
            assert answered.status == 502
    assert [one["direction"] for one in heard["wire"]] == ["to Teams"] * 4


async def test_a_bot_that_ends_is_no_bot(heard: Heard, written: Path) -> None:
    (written / "mine.py").write_text("print('hello')\n", "utf-8")
    async with Page(contoso(), heard, folder=str(written)) as page:
        with pytest.raises(SystemExit, match="mine ended; it does not serve"):
            await page.start("mine")


async def test_a_bot_answers_what_it_is_sent(heard: Heard, tmp_path: Path) -> None:
    world = contoso()
    async with Page(world, heard, folder=str(tmp_path)) as page:
        await page.start("proactive_bot")
        assert await page.happen(Happening("Ada Lovelace", "says", text="hello")) == ""
        said = world.personal_chat(world.people[0]).messages
        assert [m["from"]["name"] for m in said] == ["Ada Lovelace", *["Contoso Notifier"] * 2]
        assert "Nobody is called" in await page.happen(Happening("Nobody", "says", text="x"))


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
    heard: Heard, written: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (written / "mine.py").write_text(FORGETFUL, "utf-8")
    async with Page(contoso(), heard, folder=str(written)) as page:
        await page.start("proactive_bot")
        page.kill()
        await page.start("mine")
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
    written: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: dict[str, Any],
    complaint: str,
) -> None:
    (written / "mine.py").write_text(BOT, "utf-8")
    monkeypatch.setattr(browser, "PATIENCE", 0.05)
    async with Page(contoso(), heard, folder=str(written)) as page:
        with pytest.raises(SystemExit, match=complaint):
            await page.play(Story("mine", steps=[step]))


# -- the playground --------------------------------------------------------------------------------


async def chat(playground: Playground, name: str) -> list[str]:
    """What stands in a personal chat, asked as the page of Local Teams asks."""
    status, told = await playground.ask("GET", "_local/world")
    assert status == 200
    (person,) = (p for p in json.loads(told)["people"] if p["name"] == name)
    _, told = await playground.ask("GET", f"_local/conversations/{person['chatId']}")
    return [gist(message) for message in json.loads(told)]


async def test_a_world_outlasts_its_bots(heard: Heard, tmp_path: Path) -> None:
    async with Playground(contoso(), heard, folder=str(tmp_path)) as playground:
        assert await playground.begin("proactive_bot")
        hello = {"who": "Ada Lovelace", "does": "says", "text": "hello"}
        status, told = await playground.ask("POST", "_local/happenings", hello)
        assert (status, json.loads(told)["delivered"]) == (200, 1)
        assert not await playground.begin("to_person")
        ada = await chat(playground, "Ada Lovelace")
        assert (ada[0], ada[-1]) == ("hello", "The report you asked for is ready.")
        assert len(ada) == 4
        await playground.ask("POST", "_local/happenings", hello)
        assert len(await chat(playground, "Ada Lovelace")) == 5  # nobody answers any more
    assert "failed" not in heard


async def test_the_steps_of_a_story_happen_when_they_are_wanted(
    heard: Heard, tmp_path: Path
) -> None:
    world = contoso()
    async with Playground(world, heard, folder=str(tmp_path)) as playground:
        assert await playground.begin("digest")  # whose bot is another sample
        await playground.let("digest", 0)
        await playground.let("digest", 6)  # past the last step: the digest itself
        said = [gist(m) for m in world.personal_chat(world.people[0]).messages]
        assert said[0] == "hello" and said[1].startswith("Monday 5 January: 3 reviews")
        await playground.stop()
        await playground.let("digest", 0)
        assert heard.failed["text"] == "No bot runs: start it first."


async def test_changes_are_told_as_they_come(tmp_path: Path) -> None:
    came = asyncio.Queue[dict[str, Any]]()

    def say(kind: str, what: Any) -> None:
        if kind == "changed":
            came.put_nowait(what)

    async def next_of(what: str) -> Any:
        async with asyncio.timeout(DEADLINE):
            while not (found := (await came.get())[what]):
                pass
        return found

    async with Playground(contoso(), say, folder=str(tmp_path)) as playground:
        playground.watch()
        assert await next_of("world")
        await playground.begin("to_person")
        (said,) = await next_of("conversations")
        assert said["text"] == "The report you asked for is ready."
        playground.watch()  # the page is loaded again: all is told once more
        assert await next_of("conversations") == [said]


async def test_what_uses_requests_is_seen_too(heard: Heard, tmp_path: Path) -> None:
    async with Playground(contoso(), heard, folder=str(tmp_path)) as playground:
        ask(f"{SERVICE_URL}v3/conversations", b"{}")
        _, wire = await playground.ask("GET", "_local/wire")
        assert [(e["number"], e["path"]) for e in json.loads(wire)] == [(1, "/v3/conversations")]
