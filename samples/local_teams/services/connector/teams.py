"""Reads a team and its channels."""

from __future__ import annotations

from typing import Any

from ...model.exchange import Refused
from ...model.teams import Team
from ...model.world import World
from ..service import Answer
from .access import find_conversation


def _find_team(world: World, team_id: str) -> Team:
    """The team with this id, which is the id of its General channel.

    Raises:
        Refused: there is none, or the app is not installed in it.
    """
    team = world.team_of(find_conversation(world, team_id))
    if team is None or team.id != team_id:
        raise Refused(404, "ConversationNotFound")
    return team


def list_channels(world: World, _: Any, team_id: str) -> Answer:
    """The channels of a team; General comes without a name."""
    general, *others = _find_team(world, team_id).channels
    return 200, {
        "conversations": [{"id": general.id}, *({"id": c.id, "name": c.name} for c in others)]
    }


def get_team(world: World, _: Any, team_id: str) -> Answer:
    team = _find_team(world, team_id)
    return 200, {
        "id": team.id,
        "name": team.name,
        "channelCount": len(team.channels),
        "memberCount": len(team.members),
    }
