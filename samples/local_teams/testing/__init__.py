"""Test a bot without a tenant: `LocalTeams`, and the pytest fixture `teams` (`testing.plugin`)."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..to_bot.courier import NotDelivered
    from .actors import Actor, Chat
    from .local_teams import LocalTeams

__all__ = ["Actor", "Chat", "LocalTeams", "NotDelivered"]
_MODULES = {
    "Actor": ".actors",
    "Chat": ".actors",
    "LocalTeams": ".local_teams",
    "NotDelivered": "..to_bot.courier",
}


def __getattr__(name: str) -> Any:
    # Imported on first use: pytest loads the plugin, and so this package, in every run.
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name], __name__), name)
