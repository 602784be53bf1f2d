"""The environment of a sample that runs against Local Teams."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from samples.local_teams.model.world import World
from samples.local_teams.server.variables import NO_CREDENTIALS, variables


def environment(world: World, service_url: str, folder: str) -> dict[str, str]:
    """What a sample reads from its environment, for a world; an empty variable is an unset one.

    Args:
        service_url: the address of Local Teams.
        folder: the folder for the sample's databases.
    """
    return {
        **NO_CREDENTIALS,
        "TEAMS_ALLOWED_SERVICE_URLS": service_url,  # which gets the bot's token
        "CONVERSATIONS_URL": f"sqlite:///{folder}/conversations.db",
        "OUTBOX_URL": f"sqlite:///{folder}/outbox.db",
        **variables(world, service_url),
    }


@contextlib.contextmanager
def environ(variables: dict[str, str]) -> Iterator[None]:
    """Put these variables on top of the environment, until the block ends."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
