"""Reads fields of a body in any case of their names: the SDK sends `tenantID`."""

from __future__ import annotations

from typing import Any

_USUAL = {
    name.lower(): name
    for name in (
        *("type", "text", "textFormat", "summary", "importance", "attachments", "entities"),
        *("channelData", "attachmentLayout", "suggestedActions", "replyToId", "inputHint"),
        *("contentType", "contentUrl", "content", "name", "thumbnailUrl", "mentioned"),
        *("recipient", "quotedReply"),
    )
}


def field(body: Any, *names: str) -> Any:
    """The value at a path of names; None when a part of the path is missing."""
    for name in names:
        if not isinstance(body, dict):
            return None
        body = next((value for key, value in body.items() if key.lower() == name.lower()), None)
    return body


def in_usual_case(payload: dict[str, Any]) -> dict[str, Any]:
    """The same fields, the known ones in their usual case."""
    return {_USUAL.get(key.lower(), key): value for key, value in payload.items()}
