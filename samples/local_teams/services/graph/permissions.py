"""Which calls of Microsoft Graph the caller may make, by the permissions of facts.toml."""

from __future__ import annotations

from typing import Any

from ....facts import facts
from ...model.world import World
from .parts import refuse
from .routes import Route


def check_permission(world: World, route: Route) -> None:
    """Raises Refused when an administrator consented to none of the call's permissions."""
    roles = _roles(route.call)
    if not world.granted.isdisjoint(roles):
        return
    if not route.limit:
        raise refuse(
            403,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
        )
    raise refuse(
        403,
        "Forbidden",
        "Missing role permissions on the request. API requires one of "
        f"'{', '.join(roles)}'. Roles on the request '{', '.join(sorted(world.granted))}'.",
    )


def _roles(call: str) -> list[str]:
    rows: list[dict[str, Any]] = facts()["graph_permissions"]
    return next(row["roles"] for row in rows if row["call"] == call)
