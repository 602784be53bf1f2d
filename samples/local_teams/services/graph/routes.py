"""The calls of Microsoft Graph: method, path, handler, and what each needs and counts for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from ..service import Answer
from . import catalog, chat_changes, chats, directory, installs


@dataclass(frozen=True)
class Route:
    """A call of Graph.

    Attributes:
        path: of the call; a `*` is an id.
        call: its name in facts.toml (graph_permissions), where its permissions are.
        limit: its name in facts.toml (graph_limits); empty for the directory, whose limits are
            others.
    """

    method: str
    path: str
    handler: Callable[..., Answer]
    call: str
    limit: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(self.path.replace("/*", "/([^/]+)"), re.IGNORECASE)


_READ = "Read teams, channels, installed apps, the catalog"
_OTHER_READ = "Other reading in Teams"
_OTHER = "Other requests to Teams"
_WRITE = "Install, or change teams and channels (POST, PUT)"
_REMOVE = "Remove (DELETE)"

_CATALOG = "Find the app in the catalog"
_CHATS = "See chats"
_MAKE_CHAT = "Make a chat"
_CHAT_MEMBERS = "See who is in a chat"
_CHANNEL = "Get a team's General channel"
_PEOPLE = "Look a person up"
_GROUPS = "See who is in a group"
# All the people in a group, or those things of one kind, or how many.
_MEMBERS = r"groups/*/(members|transitiveMembers)(?:/(microsoft\.graph\.\w+))?(?:/(\$count))?"


def _installations(scope: str, install: str, see: str, remove: str) -> list[Route]:
    """The same five calls for a person, a chat and a team; the last three name their calls."""
    path = f"{scope}/installedApps"
    return [
        Route("GET", path, installs.list_installed, see, _READ),
        Route("POST", path, installs.install, install, _WRITE),
        Route("GET", f"{path}/*", installs.get_installed, see, _READ),
        Route("DELETE", f"{path}/*", installs.uninstall, remove, _REMOVE),
        Route("POST", f"{path}/*/upgrade", installs.upgrade, install, _WRITE),
    ]


_IN_CHAT, _IN_TEAM = "Install in a chat", "Install in a team"
_CHAT_OF = "users/*/teamwork/installedApps/*/chat"
ROUTES = (
    Route("GET", "appCatalogs/teamsApps", catalog.list_catalog, _CATALOG, _READ),
    Route("GET", "appCatalogs/teamsApps/*", catalog.get_catalog, _CATALOG, _READ),
    *_installations(
        "(users)/*/teamwork",
        "Install for a person",
        "See what a person has",
        "Remove from a person",
    ),
    *_installations("(chats)/*", _IN_CHAT, "See what a chat has", _IN_CHAT),
    *_installations("(teams)/*", _IN_TEAM, "See what a team has", _IN_TEAM),
    Route("GET", _CHAT_OF, installs.chat_of_installation, "Get the chat of an installation", _READ),
    Route("POST", "chats", chat_changes.create_chat, _MAKE_CHAT, _OTHER),
    Route("GET", "users/*/chats", chats.list_chats, _CHATS, _OTHER_READ),
    Route("GET", "(?:users/*/)?chats/*", chats.get_chat, _CHATS, _OTHER_READ),
    Route(
        "GET", "(?:users/*/)?chats/*/members", chats.list_chat_members, _CHAT_MEMBERS, _OTHER_READ
    ),
    Route("GET", "chats/*/members/*", chats.get_chat_member, _CHAT_MEMBERS, _OTHER_READ),
    Route("POST", "chats/*/members", chat_changes.add_member, "Add somebody to a chat", _OTHER),
    Route("GET", "chats/*/operations/*", chat_changes.get_operation, _MAKE_CHAT, _OTHER_READ),
    Route("GET", "teams/*/primaryChannel", chats.primary_channel, _CHANNEL, _READ),
    Route("GET", "users", directory.list_users, _PEOPLE, ""),
    Route("GET", "users/*", directory.get_user, _PEOPLE, ""),
    Route("GET", "me(?:/.*)?", directory.me, _PEOPLE, ""),
    Route("GET", "groups/*", directory.get_group, _GROUPS, ""),
    Route("GET", _MEMBERS, directory.group_members, _GROUPS, ""),
)
