"""The calls of the Connector: path, method, handler, and the limit that each counts for."""

from __future__ import annotations

from collections.abc import Callable

from ..service import Answer
from .create import create_conversation
from .messages import delete, send, update
from .roster import get_member, list_activity_members, list_members, list_members_in_pages
from .teams import get_team, list_channels

# From a world, the body or the query, and the ids in the path.
Handler = Callable[..., Answer]

# The query options that the SDKs send, in small letters, by path.
OPTIONS = {
    "conversations/*/activities": ("istargetedactivity",),
    "conversations/*/activities/*": ("istargetedactivity",),
    "conversations/*/pagedmembers": ("pagesize", "continuationtoken"),
}
_SEND, _ROSTER = "Send to conversation", "Get conversation members"
# A `*` is an id. The limit is that of facts.toml (limits); empty when only the limit for every
# request counts.
ROUTES: dict[str, dict[str, tuple[Handler, str]]] = {
    "conversations": {"POST": (create_conversation, "Create conversation")},
    "conversations/*/activities": {"POST": (send, _SEND)},
    "conversations/*/activities/*": {
        "POST": (send, _SEND),
        "PUT": (update, ""),
        "DELETE": (delete, ""),
    },
    "conversations/*/activities/*/members": {"GET": (list_activity_members, _ROSTER)},
    "conversations/*/members": {"GET": (list_members, _ROSTER)},
    "conversations/*/members/*": {"GET": (get_member, _ROSTER)},
    "conversations/*/pagedmembers": {"GET": (list_members_in_pages, _ROSTER)},
    "teams/*": {"GET": (get_team, "")},
    "teams/*/conversations": {"GET": (list_channels, "Get conversations")},
}
