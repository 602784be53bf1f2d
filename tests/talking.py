"""What tests of bots share: bring a bot what Teams sends it, and read what it said."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from samples.local_teams.running import Run, rehearse
from samples.local_teams.server import LocalTeams


async def deliver(client: TestClient[Any, Any], activities: list[dict[str, Any]]) -> None:
    """Post activities to the bot's endpoint, as Teams does, one after another."""
    for activity in activities:
        async with client.post("/api/messages", json=activity) as answer:
            assert answer.status in (200, 201)


def said(teams: LocalTeams) -> dict[str, list[str]]:
    """What the bot said, by the name of the conversation."""
    world = teams.world
    return {
        c.name: texts
        for c in world.conversations()
        if (texts := [m["text"] for m in c.messages if m["from"]["id"] == world.bot_id])
    }


@cache
def story(sample: str) -> Run:
    """What a sample did in its rehearsal, which is played once for all tests that look at it."""
    return rehearse(sample)


def looks_at(sample: str) -> pytest.MarkDecorator:
    """Marks a test that looks at a rehearsal: one worker has all the tests of the same one."""
    return pytest.mark.xdist_group(f"rehearsal of {sample}")
