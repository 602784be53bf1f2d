"""Reads the activity that a bot sends, and refuses what Teams refuses."""

from __future__ import annotations

import json
import re
from typing import Any

from ....facts import facts
from ...model.exchange import Refused
from ...model.messages import Activity
from .fields import in_usual_case

_KINDS = {
    **{"type": str, "text": str, "summary": str, "importance": str},
    **{"attachments": list, "entities": list, "channelData": dict},
}
_NAMES = {str: "text", list: "list", dict: "JSON object"}


def read_message(activity: Any) -> Activity:
    """An activity as Teams stores it: its fields in their usual case, unknown ones too.

    Raises:
        Refused: a field has the wrong type, or the whole is over the limit (facts.toml).
    """
    if not isinstance(activity, dict):
        raise Refused(400, "BadSyntax", "The activity is not a JSON object")
    message = in_usual_case(activity)
    for name, kind in _KINDS.items():
        if not isinstance(message.get(name), kind | None):
            raise Refused(400, "BadSyntax", f"{name} of the activity is not a {_NAMES[kind]}")
    if message.get("type") != "message":
        raise Refused(400, "BadSyntax", f"Unknown activity type {message.get('type')!r}")
    if message.get("text") is None and not message.get("attachments"):
        raise Refused(400, "BadSyntax", "The message has neither text nor attachments")
    for name in ("attachments", "entities"):
        if not all(isinstance(item, dict) for item in message.get(name) or []):
            raise Refused(400, "BadSyntax", f"{name} of the activity has more than objects in it")
        if message.get(name):
            message[name] = [in_usual_case(item) for item in message[name]]
    if _size(message) > facts()["message_size"]["kilobytes"] * 1024:
        raise Refused(413, "MessageSizeTooBig")
    return message


def _size(message: Activity) -> int:
    """Bytes of UTF-16, without the pictures in base64 (facts.toml)."""
    text = json.dumps(message, ensure_ascii=False)
    if "base64," in text:
        text = re.sub(r'"data:image/[^"]*;base64,[^"]*"', '""', text)
    return len(text.encode("utf-16-le", "surrogatepass"))
