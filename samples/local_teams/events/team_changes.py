"""Creates, renames, deletes, restores and archives channels and teams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..model.teams import Conversation, Team
from ..model.world import World
from .finding import find_channel, find_team

CHANGES = ("creates", "renames", "deletes", "restores", "archives", "unarchives")

_PAST = {
    "creates": "Created",
    "renames": "Renamed",
    "deletes": "Deleted",
    "restores": "Restored",
    "archives": "Archived",
    "unarchives": "Unarchived",
}


@dataclass(frozen=True)
class TeamChange:
    """What changed.

    Attributes:
        channel: None when the team itself changed.
        event_type: as Teams names it, for example `channelRenamed`.
    """

    team: Team
    channel: Conversation | None
    event_type: str


def change_team(world: World, does: str, where: str, new_name: str) -> TeamChange:
    """Change a team, or with `Team/Channel` a channel.

    Args:
        does: one of CHANGES.
        new_name: for `renames`; a channel that is created has its name in `where`.

    Raises:
        ValueError: there is no such team or channel, the name is taken, or the change is not
            possible; nothing has changed then.
    """
    team_name, _, name = where.partition("/")
    restores_team = does == "restores" and not name
    team = find_team(team_name, world.deleted_teams if restores_team else world.teams)
    if not name:
        _change_whole_team(world, team, does, new_name)
        return TeamChange(team, None, f"team{_PAST[does]}")
    channel = _change_channel(world, team, does, name, new_name)
    return TeamChange(team, channel, f"channel{_PAST[does]}")


def _change_whole_team(world: World, team: Team, does: str, new_name: str) -> None:
    match does:
        case "renames":
            team.name = _free(new_name, world.teams)
        case "deletes":
            world.remove_team(team)
        case "restores":
            _free(team.name, world.teams)
            world.restore_team(team)
        case "archives" | "unarchives":
            if team.archived == (does == "archives"):
                raise ValueError(f"{team.name} is {'' if team.archived else 'not '}archived")
            team.archived = does == "archives"
        case _:
            raise ValueError(f"Name the channel too: {team.name}/…")


def _change_channel(world: World, team: Team, does: str, name: str, new_name: str) -> Conversation:
    if does == "creates":
        return world.add_channel(team, _free(name, team.channels))
    channel = find_channel(name, team.deleted if does == "restores" else team.channels)
    match does:
        case "renames":
            channel.name = _free(new_name, team.channels)
        case "deletes":
            if channel is team.channels[0]:
                raise ValueError(f"{channel.name} is the team itself, and goes only with it")
            world.remove_channel(channel)
        case "restores":
            _free(channel.name, team.channels)
            world.restore_channel(team, channel)
        case _:
            raise ValueError(f"Only a team is archived, and {team.name}/{name} is a channel")
    return channel


def _free(name: str, existing: Sequence[Team | Conversation]) -> str:
    """The name, when none of the existing ones has it.

    Raises:
        ValueError: one has it, or it cannot be a name.
    """
    if not name or "/" in name or any(one.name == name for one in existing):
        raise ValueError(f"{name!r} is taken, empty or has a slash: choose another name")
    return name
