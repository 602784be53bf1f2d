"""Who and what is in the Contoso world."""

from __future__ import annotations

from samples.local_teams.model.contoso import contoso


def contoso_people(*, installed: bool) -> str:
    """The people of the Contoso world who have the app, or have it not."""
    return ", ".join(
        p.name + (" (blocked the bot)" if p.blocked else "")
        for p in contoso().people
        if p.installed == installed
    )


def contoso_chats(*, installed: bool) -> str:
    """The group chats of the Contoso world that have the app, or have it not."""
    return ", ".join(c.conversation.name for c in contoso().group_chats if c.installed == installed)


def contoso_teams(*, installed: bool) -> str:
    """The teams of the Contoso world that have the app, or have it not, with their channels."""
    return "; ".join(
        f"{team.name}: {', '.join(channel.name for channel in team.channels)}"
        for team in contoso().teams
        if team.installed == installed
    )
