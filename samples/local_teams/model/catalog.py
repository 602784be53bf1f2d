"""What Microsoft Graph knows beside people, chats and teams: apps, groups and permissions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...facts import facts

if TYPE_CHECKING:
    from .world import Person


@dataclass
class App:
    """An app of the organization's catalog, or of the Teams store.

    Attributes:
        id: what Graph calls it (teamsAppId); another than the manifest's, except in the store.
        manifest_id: the id in its manifest (externalId); None for an app of the store.
        bot_id: the app id of its bot; empty when it has none.
        client_id: webApplicationInfo.id of its manifest; None when that part is missing.
        distribution: organization, store or sideloaded.
        permissions: the resource-specific permissions that it asks for, each `(value, type)` with
            type application or delegated.
        installed: where it is, by the id of a person, a chat or a team (for the world's own app
            they say so themselves), with the permissions consented to there.
        blocked: the Entra object ids of those whom an app permission policy keeps from it.
        details: other properties of its definition, as Graph names them.
    """

    id: str
    manifest_id: str | None
    name: str
    bot_id: str = ""
    client_id: str | None = None
    version: str = "1.0.0"
    distribution: str = "organization"
    permissions: list[tuple[str, str]] = field(default_factory=list)
    installed: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    blocked: set[str] = field(default_factory=set)
    details: dict[str, Any] = field(default_factory=dict)


@dataclass
class Group:
    """A group of the directory. Graph's `members` are its own, `transitiveMembers` all below."""

    id: str
    name: str
    members: list[Person] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)


def least_permissions() -> set[str]:
    """The least application permission for every call that the guide makes (facts.toml)."""
    return {row["roles"][0] for row in facts()["graph_permissions"]}
