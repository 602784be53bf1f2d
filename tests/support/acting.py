"""Lets people act in a world, without a server."""

from __future__ import annotations

from typing import Any

from samples.local_teams.events.actions import UserAction, perform
from samples.local_teams.model.world import World

URL = "http://127.0.0.1:8090/"


def let(world: World, who: str, does: str, **more: Any) -> list[dict[str, Any]]:
    return perform(world, UserAction(who, does, **more), service_url=URL)
