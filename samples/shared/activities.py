"""The form of the activities that Teams posts, as far as a bot reads them."""

from __future__ import annotations

from typing import Any

# Each property that a bot reads, with its type; a list has the type of its items. `!` is required.
_ACCOUNT = {"id": str, "name": str, "aadObjectId": str, "role": str}
_NAMED = {"id": str, "name": str}
_ACTIVITY: dict[str, Any] = {
    **dict.fromkeys(("type!", "channelId!", "serviceUrl!"), str),
    **dict.fromkeys(
        ("id", "timestamp", "localTimestamp", "localTimezone", "locale", "text", "textFormat"), str
    ),
    **dict.fromkeys(("replyToId", "name", "action", "topicName", "deliveryMode", "label"), str),
    "conversation!": {"id!": str, "name": str, "conversationType": str, "tenantId": str},
    "from": _ACCOUNT,
    "recipient!": {**_ACCOUNT, "id!": str},
    "membersAdded": [_ACCOUNT],
    "membersRemoved": [_ACCOUNT],
    "reactionsAdded": [{"type": str}],
    "reactionsRemoved": [{"type": str}],
    "attachments": [{"contentType": str, "contentUrl": str, "name": str}],
    "entities": [{"type": str}],
    "channelData": {
        "tenant": _NAMED,
        "team": {**_NAMED, "aadGroupId": str, "type": str},
        "channel": _NAMED,
        "eventType": str,
        "settings": {"selectedChannel": _NAMED},
    },
}
LONGEST_ID = 1_000  # characters; those of Teams have at most a few hundred


def wrong(activity: dict[str, Any]) -> str:
    """What is wrong with an activity, or nothing."""
    return _wrong(activity, _ACTIVITY, "") or _unsupported(activity)


def _unsupported(activity: dict[str, Any]) -> str:
    """What botbuilder 4.17.1 fails on, where it should refuse; or nothing."""
    if activity.get("deliveryMode") == "expectReplies":
        return "deliveryMode expectReplies is not supported."
    if (activity["type"], activity.get("name")) != ("invoke", "adaptiveCard/action"):
        return ""
    if found := _wrong(activity, {"value!": {"action!": {"type!": str}}}, ""):
        return found
    executes = activity["value"]["action"]["type"] == "Action.Execute"
    return "" if executes else "value.action.type must be Action.Execute."


def _wrong(part: Any, form: Any, where: str) -> str:
    if part is None:
        return ""
    if isinstance(form, list):
        if not isinstance(part, list):
            return f"{where} must be a list."
        for number, one in enumerate(part):
            at = f"{where}[{number}]"
            # The SDK and its handlers read into each item.
            if found := f"{at} is null." if one is None else _wrong(one, form[0], at):
                return found
        return ""
    if form is str:
        if not isinstance(part, str):
            return f"{where} must be a string."
        too_long = where.lower().endswith("id") and len(part) > LONGEST_ID
        return f"{where} has over {LONGEST_ID:,} characters." if too_long else ""
    if not isinstance(part, dict):
        return f"{where} must be an object."
    for name, inner in form.items():
        at = f"{where}.{name}".strip(".!")
        value = part.get(name.rstrip("!"))
        if name.endswith("!") and not value:
            return f"{at} is missing."
        if found := _wrong(value, inner, at):
            return found
    return ""
