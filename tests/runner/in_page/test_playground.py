"""A world that stays while samples come and go."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from samples.local_teams.model.contoso import contoso
from samples.runner.in_page.playground import Playground
from samples.runner.report import gist
from tests.support.in_page import Heard
from tests.support.waiting import DEADLINE


async def chat(playground: Playground, name: str) -> list[str]:
    """What stands in a personal chat, asked as the page of Local Teams asks."""
    status, result = await playground.ask("GET", "_local/world")
    assert status == 200
    (person,) = (p for p in json.loads(result)["people"] if p["name"] == name)
    _, result = await playground.ask("GET", f"_local/conversations/{person['chatId']}")
    return [gist(message) for message in json.loads(result)]


async def test_a_world_outlasts_its_bots(heard: Heard, tmp_path: Path) -> None:
    async with Playground(contoso(), heard, folder=str(tmp_path)) as playground:
        assert await playground.begin("proactive_bot")
        hello = {"who": "Ada Lovelace", "does": "says", "text": "hello"}
        status, result = await playground.ask("POST", "_local/happenings", hello)
        assert (status, json.loads(result)["delivered"]) == (200, 1)
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
