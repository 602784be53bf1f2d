"""Finds people and places by the names that someone writes in a test, a story or the page."""

from __future__ import annotations

from ..model.people import Person
from ..model.teams import Conversation, GroupChat, Team
from ..model.world import World

Place = Person | GroupChat | Team  # where the app can be installed


def find_person(world: World, who: str) -> Person:
    """The person with this name, this first name where only one has it, or this id.

    Raises:
        ValueError: there is nobody, or several; the message lists the people.
    """
    found = [p for p in world.people if who in (p.name, p.id, p.aad_object_id)]
    found = found or [p for p in world.people if p.name.split()[0] == who]
    if len(found) == 1:
        return found[0]
    raise ValueError(
        f"{'Several are' if found else 'Nobody is'} called {who!r}. There are: "
        + ", ".join(p.name for p in found or world.people)
    )


def find_place(world: World, person: Person, where: str) -> tuple[Place, Conversation]:
    """Where the app is installed for an action, and the conversation in which it happens.

    Args:
        where: empty for the person's own chat, else a group chat, a team or `Team/Channel` by
            name, or a conversation by id.

    Raises:
        ValueError: there is no such place; the message lists the places.
    """
    if not where:
        return person, world.personal_chat(person)
    for chat in world.group_chats:
        if where in (chat.conversation.name, chat.conversation.id):
            return chat, chat.conversation
    for team in world.teams:
        for channel in team.channels:
            if where in (f"{team.name}/{channel.name}", channel.id):
                return team, channel
        if where == team.name:
            return team, team.channels[0]
    for owner in world.people:
        if owner.id in world.personal_chats and where == world.personal_chat(owner).id:
            return owner, world.personal_chat(owner)
        for session in world.sessions.get(owner.id, []):
            if where == session.id:
                return owner, session
    raise ValueError(
        f"There is no chat, team or team/channel called {where!r}. There are: "
        + ", ".join(
            [
                *(chat.conversation.name for chat in world.group_chats),
                *(f"{team.name}/{c.name}" for team in world.teams for c in team.channels),
            ]
        )
    )


def find_team(name: str, teams: list[Team]) -> Team:
    """The team with this name or id.

    Raises:
        ValueError: there is none; the message lists the teams.
    """
    found = next((team for team in teams if name in (team.name, team.id)), None)
    if found is None:
        raise _none("team", name, [team.name for team in teams])
    return found


def find_channel(name: str, channels: list[Conversation]) -> Conversation:
    """The channel with this name or id.

    Raises:
        ValueError: there is none; the message lists the channels.
    """
    found = next((channel for channel in channels if name in (channel.name, channel.id)), None)
    if found is None:
        raise _none("channel", name, [channel.name for channel in channels])
    return found


def _none(kind: str, name: str, names: list[str]) -> ValueError:
    return ValueError(
        f"There is no {kind} called {name!r} for it. There are: {', '.join(names) or 'none'}"
    )
