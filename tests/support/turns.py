"""Lets a successor's bot receive what people do, without a process for it."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from samples.local_teams.model.world import World
from tests.support.acting import let


async def receive(made: Any, world: World, steps: Iterable[dict[str, Any]], url: str = "") -> None:
    """Post the activities and calls of a story's steps to a bot's web application.

    Args:
        made: the application, or what makes it when awaited.
        url: the service URL of the activities.
    """
    app = await made if inspect.isawaitable(made) else made
    async with TestClient(TestServer(app)) as client:
        for step in steps:
            if "restart" in step:
                continue
            if "call" in step:
                headers = step.get("headers", {})
                answer = await client.post(step["call"], json=step["json"], headers=headers)
                assert answer.status == step["expect"], await answer.text()
                continue
            for activity in let(world, **step):
                activity |= {"serviceUrl": url} if url else {}
                answer = await client.post("/api/messages", json=activity)
                assert answer.status in (200, 202), await answer.text()
