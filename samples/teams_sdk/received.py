"""An activity of the Teams SDK, under the names by which the store of conversations reads it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from microsoft_teams.api import ActivityBase


def received(activity: ActivityBase) -> Any:
    """Make what `Conversations.follow` and its like accept as an activity."""
    payload = activity.model_dump(by_alias=True, exclude_none=True, mode="json")
    conversation = payload["conversation"]
    return SimpleNamespace(
        type=payload.get("type"),
        action=payload.get("action"),
        channel_id=payload.get("channelId"),
        service_url=payload.get("serviceUrl"),
        local_timezone=payload.get("localTimezone"),
        channel_data=payload.get("channelData"),
        conversation=SimpleNamespace(
            id=conversation["id"], conversation_type=conversation.get("conversationType")
        ),
        from_property=_account(payload["from"]),
        recipient=_account(payload["recipient"]),
        members_added=[_account(one) for one in payload.get("membersAdded", [])],
        members_removed=[_account(one) for one in payload.get("membersRemoved", [])],
    )


def _account(account: dict[str, Any]) -> SimpleNamespace:
    return SimpleNamespace(
        id=account["id"], name=account.get("name"), aad_object_id=account.get("aadObjectId")
    )
