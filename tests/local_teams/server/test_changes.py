"""Server-sent events: what an open page learns."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

import aiohttp
import pytest

from samples.local_teams.testing import LocalTeams
from samples.runner.running import start
from tests.support.waiting import DEADLINE


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
                "name": "Grace Hopper",
                "person": teams.world.people[1].id,
                "messages": 1,
                "last": grace.messages[0]["id"],
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
        with contextlib.suppress(SystemExit):  # to_person says that it was refused
            await asyncio.to_thread(start, "to_person")
        while not (failed := (await next_event())["failed"]):
            pass
        assert [(one["row"], one["status"]) for one in failed] == [(teams.world.people[0].id, 429)]
