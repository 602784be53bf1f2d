"""The environment variables that lead a program here, and the ids that it needs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

from ...facts import facts
from ..model.people import Person
from ..model.teams import Team
from ..model.world import World

# For a bot that does not sign in: what a shell and a file .env say of a tenant does not count here.
NO_CREDENTIALS = {
    "ENV_FILE": os.devnull,
    **dict.fromkeys(
        (
            "MicrosoftAppId",
            "MicrosoftAppPassword",
            "MicrosoftAppTenantId",
            "MicrosoftAppType",
            "CLIENT_ID",
            "CLIENT_SECRET",
            "TENANT_ID",
            "AZURE_CLIENT_CERTIFICATE_PATH",
            "MANAGED_IDENTITY_CLIENT_ID",
            "CLOUD",
        ),
        "",
    ),
}


def variables(world: World, service_url: str) -> dict[str, str]:
    """Where to send, and to whom, under the names that the guide's samples read.

    Args:
        service_url: the address of Local Teams.
    """
    team, chat = world.teams[0], world.group_chats[0]
    return {
        "TEAMS_SERVICE_URL": service_url,
        "TEAMS_TENANT_ID": world.tenant_id,
        "TEAMS_USER_ID": world.people[0].id,
        "TEAMS_TEAM_ID": team.id,
        "TEAMS_CHANNEL_ID": team.channels[1].id,
        "TEAMS_CHAT_ID": chat.conversation.id,
        "TEAMS_CONVERSATION_ID": world.personal_chat(world.people[0]).id,
        "GRAPH_URL": f"{service_url}v1.0",
        "TEAMS_APP_MANIFEST_ID": world.catalog[0].manifest_id or "",
        "TEAMS_USER_OBJECT_ID": without_app(world.people).aad_object_id,
        "TEAMS_TEAM_OBJECT_ID": without_app(world.teams).aad_group_id,
        "TEAMS_MEMBER_OBJECT_IDS": ",".join(p.aad_object_id for p in world.people[:3]),
        "TEAMS_GROUP_ID": world.groups[0].id if world.groups else team.aad_group_id,
    }


def signed_in(app_id: str, password: str, tenant_id: str, certificate: str) -> dict[str, str]:
    """With what every client of facts.toml signs in, under the names that it reads.

    Args:
        certificate: the path of the certificate authority's file.
    """
    found: dict[str, str] = {}
    for client in facts()["clients"]:
        found |= zip(client["credentials"], (app_id, password, tenant_id), strict=True)
        found |= client["also"] | dict.fromkeys(client["trust"], certificate)
    return found


def anonymous() -> dict[str, str]:
    """What lets the bots of every client start without credentials."""
    return {
        name: value for client in facts()["clients"] for name, value in client["anonymous"].items()
    }


T = TypeVar("T", Person, Team)


def without_app(places: Sequence[T]) -> T:
    """The first place that has not got the app, for samples that install it; else the first."""
    return next((place for place in places if not place.installed), places[0])
