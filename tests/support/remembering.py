"""Activities to remember, and what was remembered of them."""

from __future__ import annotations

from botbuilder.schema import Activity

from samples.local_teams.events.actions import UserAction, perform
from samples.local_teams.model.world import World
from samples.shared.conversations import Conversations

URL = "https://smba.trafficmanager.net/emea/"


def activities(
    world: World, who: str, does: str, where: str = "", text: str = "", *, url: str = URL
) -> list[Activity]:
    """What the bot's handler is given when somebody does something."""
    happening = UserAction(who, does, where, text)
    return [Activity().deserialize(a) for a in perform(world, happening, service_url=url)]


def remember(conversations: Conversations, seen: list[Activity]) -> list[bool]:
    return [conversations.remember(activity) for activity in seen]


def ids(conversations: Conversations) -> set[str]:
    return {conversation.id for conversation in conversations.all()}


def everywhere(world: World, conversations: Conversations) -> None:
    """Ada's and Grace's chats, a group chat, three channels of one team and one of another."""
    hello = "<at>Contoso Notifier</at> hello"
    for who, where in (
        ("Ada Lovelace", ""),
        ("Grace Hopper", ""),
        ("Ada Lovelace", "Launch party"),
        ("Ada Lovelace", "Engineering"),
        ("Ada Lovelace", "Engineering/Releases"),
        ("Ada Lovelace", "Engineering/Incidents"),
    ):
        remember(conversations, activities(world, who, "says", where, hello))
    remember(conversations, activities(world, "Edsger Dijkstra", "installs", "Finance"))
    assert len(conversations.all()) == 7
