"""The environment of a sample that runs against Local Teams."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from typing import TypeVar

from samples.local_teams.model.people import Person
from samples.local_teams.model.teams import Team
from samples.local_teams.model.world import World


def environment(world: World, service_url: str, folder: str) -> dict[str, str]:
    """What a sample reads from its environment, for a world; an empty variable is an unset one.

    Args:
        service_url: the address of Local Teams.
        folder: the folder for the sample's databases.
    """
    team, chat = world.teams[0], world.group_chats[0]
    return {
        "MicrosoftAppId": "",
        "MicrosoftAppPassword": "",
        "MicrosoftAppType": "",
        "MicrosoftAppTenantId": "",
        "TEAMS_SERVICE_URL": service_url,
        "TEAMS_ALLOWED_SERVICE_URLS": service_url,  # which gets the bot's token
        "TEAMS_TENANT_ID": world.tenant_id,
        "TEAMS_USER_ID": world.people[0].id,
        "TEAMS_TEAM_ID": team.id,
        "TEAMS_CHANNEL_ID": team.channels[1].id,
        "TEAMS_CHAT_ID": chat.conversation.id,
        "TEAMS_CONVERSATION_ID": world.personal_chat(world.people[0]).id,
        "CONVERSATIONS_URL": f"sqlite:///{folder}/conversations.db",
        "OUTBOX_URL": f"sqlite:///{folder}/outbox.db",
        "GRAPH_URL": f"{service_url}v1.0",
        "TEAMS_APP_MANIFEST_ID": world.catalog[0].manifest_id or "",
        "TEAMS_USER_OBJECT_ID": without_app(world.people).aad_object_id,
        "TEAMS_TEAM_OBJECT_ID": without_app(world.teams).aad_group_id,
        "TEAMS_MEMBER_OBJECT_IDS": ",".join(p.aad_object_id for p in world.people[:3]),
        "TEAMS_GROUP_ID": world.groups[0].id if world.groups else team.aad_group_id,
    }


T = TypeVar("T", Person, Team)


def without_app(places: Sequence[T]) -> T:
    """The first place that has not got the app, for samples that install it; else the first."""
    return next((place for place in places if not place.installed), places[0])


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
