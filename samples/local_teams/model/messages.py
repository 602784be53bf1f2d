"""The shape of messages as Teams stores them, and how they change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .clock import timestamp

Activity = dict[str, Any]

_ASSIGNED_BY_TEAMS = ("id", "timestamp", "from", "conversation")
_MARKS = ("edited", "deleted", "shown")  # those of Local Teams; a sender's own mean nothing


def stored(
    activity: Activity,
    *,
    message_id: str,
    moment: datetime,
    sender: dict[str, str],
    conversation: dict[str, str],
) -> Activity:
    """An activity with what Teams assigns when it stores one."""
    return {
        **_unmarked(activity),
        "id": message_id,
        "timestamp": timestamp(moment),
        "from": sender,
        "conversation": conversation,
    }


def edit(message: Activity, activity: Activity) -> None:
    """Replace the content of a message, and mark it as edited."""
    assigned = {key: message[key] for key in _ASSIGNED_BY_TEAMS}
    message.clear()
    message.update({**_unmarked(activity), **assigned, "edited": True})


def _unmarked(activity: Activity) -> Activity:
    return {key: value for key, value in activity.items() if key not in _MARKS}


def retract(message: Activity) -> None:
    """Remove the content of a message, and mark it as deleted."""
    for key in ("text", "attachments", "entities", "summary", "shown"):
        message.pop(key, None)
    message["deleted"] = True
