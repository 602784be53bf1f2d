"""The message of a broadcast: an activity in a JSON file, with fields for each recipient."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botbuilder.schema import Activity

FIELD = re.compile(r"\$\{(\w+)(?:\|([^}]*))?\}")  # ${name}, or ${name|default}


class Message:
    """An activity in Teams' format; `${field}` and `${field|default}` are filled in.

    Args:
        text: the JSON. A card from the Adaptive Cards designer goes into its `attachments`.

    Attributes:
        fields: the names of its fields.

    Raises:
        ValueError: the text is not JSON, or not a message.
    """

    def __init__(self, text: str) -> None:
        try:
            self._activity = json.loads(text, object_pairs_hook=_each_once)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"The message is no JSON: {error}") from error
        if not isinstance(self._activity, dict) or self._activity.get("type") != "message":
            raise ValueError('The message is no activity: {"type": "message", ...} is expected.')
        self.text = text
        found = FIELD.findall(text)
        self.fields = {name for name, _ in found}
        self._needed = {name for name, default in found if not default}

    def missing(self, fields: Mapping[str, str]) -> set[str]:
        """The fields that have neither a value nor a default."""
        return {name for name in self._needed if not fields.get(name)}

    def to(self, fields: Mapping[str, str]) -> Activity:
        """The message to one recipient."""
        return Activity().deserialize(_filled(self._activity, fields))


def read_message(path: Path) -> Message:
    """The message in a file.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not UTF-8, or as `Message` says.
    """
    try:
        return Message(path.read_text("utf-8-sig"))  # as Notepad saves it, too
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8, from byte {error.start}: save it so.") from error


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of the JSON; refuse a repeated key, of which json would drop one value."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice!r} occurs twice in an object.")
    return found


def _filled(part: Any, fields: Mapping[str, str]) -> Any:
    """Fill in the fields of a part of the JSON, with the default where there is no value.

    The JSON's text is not filled in, because a quotation mark in a name would end a string.
    """
    if isinstance(part, str):
        return FIELD.sub(lambda found: fields.get(found[1]) or found[2] or "", part)
    if isinstance(part, list):
        return [_filled(one, fields) for one in part]
    if isinstance(part, dict):
        return {key: _filled(value, fields) for key, value in part.items()}
    return part
