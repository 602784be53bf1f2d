"""The apps that Microsoft Graph can install, and the permissions that it demands for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ...facts import facts


@dataclass
class App:
    """An app of the organization's catalog, or of the Teams store.

    Attributes:
        id: Graph's id (teamsAppId); differs from the manifest's, except in the store.
        manifest_id: the id in its manifest (externalId); None for an app of the store.
        bot_id: the app id of its bot; empty when it has none.
        client_id: webApplicationInfo.id of its manifest; None when that part is missing.
        distribution: organization, store or sideloaded.
        permissions: the resource-specific permissions that it asks for, each `(value, type)` with
            type application or delegated.
        installed: the permissions consented to, by the id of each person, chat or team that has
            the app. For the world's own app, the person, chat or team says whether it has it.
        blocked: the Entra object ids of those to whom an app permission policy denies the app.
        supports_sessions: whether its manifest has supportsSessions, a preview: each create opens a
            new session with a person (facts.toml, sessions). World and services look at the bot's
            own app.
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
    supports_sessions: bool = False
    details: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"id": self.id, "manifestId": self.manifest_id, "name": self.name}


def least_permissions() -> set[str]:
    """The least application permission for every call that the guide makes (facts.toml)."""
    return {row["roles"][0] for row in facts()["graph_permissions"]}
