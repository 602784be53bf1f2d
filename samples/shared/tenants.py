"""Hear only the tenants that you serve: an app registration of several tenants admits them all."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from samples.shared.settings import optional_setting

SETTING = "TEAMS_ALLOWED_TENANTS"


def is_from_allowed_tenant(activity: Any) -> bool:
    """Whether an activity comes from a tenant in TEAMS_ALLOWED_TENANTS, IDs with commas between.

    When the setting is empty, every tenant is allowed. Otherwise an activity must name its tenant,
    and every place that names one must name an allowed one.

    Args:
        activity: from Teams, after its token has been checked.
    """
    allowed = {each.strip().lower() for each in optional_setting(SETTING).split(",")} - {""}
    return not allowed or (bool(named := tenants_of(activity)) and named <= allowed)


def is_body_of_allowed_tenant(payload: dict[str, Any]) -> bool:
    """The same for an activity as JSON, for an SDK that does not ask."""
    conversation = SimpleNamespace(additional_properties=payload.get("conversation"))
    return is_from_allowed_tenant(
        SimpleNamespace(channel_data=payload.get("channelData"), conversation=conversation)
    )


def tenants_of(activity: Any) -> set[str]:
    """The tenant IDs that an activity names: in channelData.tenant.id, in conversation.tenantId."""
    tenant = _members(activity.channel_data).get("tenant")
    # The SDK looks for `tenantID`, and so leaves `tenantId` among what it does not know.
    rest = _members(getattr(activity.conversation, "additional_properties", None))
    named = {
        _members(tenant).get("id"),
        rest.get("tenantId"),
        getattr(activity.conversation, "tenant_id", None),
    }
    return {each.lower() for each in named if isinstance(each, str) and each}


def _members(payload: Any) -> dict[str, Any]:
    return payload if isinstance(payload, dict) else {}
