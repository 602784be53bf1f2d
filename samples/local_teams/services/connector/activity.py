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
_CARD = "application/vnd.microsoft.card."
_MENTION = re.compile(r"<at>(.+)</at>", re.DOTALL)
_RAW = re.compile(r"[<>]|&(?!(#\d+|#x[0-9a-f]+|[a-z]+);)", re.IGNORECASE)


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
    for name in ("attachments", "entities"):
        if not all(isinstance(item, dict) for item in message.get(name) or []):
            raise Refused(400, "BadSyntax", f"{name} of the activity has more than objects in it")
        if message.get(name):
            message[name] = [in_usual_case(item) for item in message[name]]
    if not message.get("text") and not message.get("attachments"):
        text = "Activity must include non empty 'text' field or at least 1 attachment"
        raise Refused(400, "BadSyntax", text)
    for entity in message.get("entities") or []:
        if entity.get("type") == "mention":
            _check_mention(entity, message.get("text") or "")
    if _size(message) > facts()["message_size"]["kilobytes"] * 1024:
        raise Refused(413, "MessageSizeTooBig")
    return message


def _check_mention(entity: Activity, text: str) -> None:
    """Refuse a mention without its text or account, and one that is not in the message's text.

    Sources: botbuilder-js#317 and #2111, BotBuilder-MicrosoftTeams#199. A name is markup, so `&`
    in it is `&amp;`; a card's own mentions are not read.
    """
    mention = str(entity.get("text"))
    found = _MENTION.fullmatch(mention)
    if found is None or not isinstance(entity.get("mentioned"), dict) or mention not in text:
        raise Refused(400, "BadSyntax", "Mention entity text is not valid.")
    if _RAW.search(found[1]):
        raise Refused(400, "BadSyntax", "Mention entity does not match text")


def messages_of(message: Activity) -> list[Activity]:
    """The messages that Teams makes of one activity: its text, then its cards.

    Cards in a list become a message each, those of a carousel one (BotBuilder-MicrosoftTeams#125).
    """
    text, attachments = message.get("text"), message.get("attachments") or []
    card = {name: value for name, value in message.items() if name not in ("text", "entities")}
    others = [one for one in message.get("entities") or [] if one.get("type") != "mention"]
    if others:
        card["entities"] = others
    cards = [one for one in attachments if str(one.get("contentType", "")).startswith(_CARD)]
    lists = len(cards) > 1 and message.get("attachmentLayout") != "carousel"
    groups = [[one] for one in attachments] if lists else [attachments]
    if not text:
        return [message | {"attachments": group} for group in groups]
    if not attachments:
        return [message]
    first = {name: value for name, value in message.items() if name != "attachments"}
    return [first, *(card | {"attachments": group} for group in groups)]


def _size(message: Activity) -> int:
    """Bytes of UTF-16, without the pictures in base64 (facts.toml)."""
    text = json.dumps(message, ensure_ascii=False)
    if "base64," in text:
        text = re.sub(r'"data:image/[^"]*;base64,[^"]*"', '""', text)
    return len(text.encode("utf-16-le", "surrogatepass"))
