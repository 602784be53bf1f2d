"""The people of a tenant, and the groups of its directory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False, slots=True)
class Person:
    """Somebody in the tenant.

    Attributes:
        id: `29:…`, valid for one bot and one person.
        aad_object_id: the Entra object id, a GUID, valid in the whole tenant.
        installed: whether the app is installed in this person's personal scope.
        blocked: whether this person blocked the bot.
        profile: what else Microsoft Graph knows, or knows differently, by Graph's names.
    """

    id: str
    aad_object_id: str
    name: str
    installed: bool = True
    blocked: bool = False
    timezone: str = "Europe/London"
    profile: dict[str, Any] = field(default_factory=dict)

    @property
    def email(self) -> str:
        """Also the user principal name."""
        return f"{self.name.lower().replace(' ', '.')}@contoso.example"

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "aadObjectId": self.aad_object_id,
            "name": self.name,
            "installed": self.installed,
            "blocked": self.blocked,
        }


@dataclass
class Group:
    """A group of the directory. Graph's `members` are its own, `transitiveMembers` all below."""

    id: str
    name: str
    members: list[Person] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
