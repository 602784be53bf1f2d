"""The message of a broadcast: an activity in a JSON file, with fields for each recipient."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator, Mapping
from html import escape
from math import isfinite
from pathlib import Path
from typing import Any

from botbuilder.schema import Activity, Entity
from msrest.serialization import Model

FIELD = re.compile(r"\$\{(\w+)(?:\|([^}]*))?\}")  # ${name}, or ${name|default}
MENTION = re.compile(r"<at>.*?</at>")
TEMPLATE_KEYS = ("$data", "$when", "$root", "$index")  # AdaptiveCards#4924
DEEPEST = 100  # objects and lists inside each other; a card has about ten
Fill = Callable[[Mapping[str, str]], Any]


class Message:
    """An activity in Teams' format; `${field}` and `${field|default}` are filled in.

    It is built here, once: what cannot be sent is refused before anything is stored.

    Args:
        text: the JSON. A card from the Adaptive Cards designer goes into its `attachments`.

    Attributes:
        fields: the names of its fields.

    Raises:
        ValueError: the text is not JSON, or not a message.
    """

    def __init__(self, text: str) -> None:
        try:
            payload = json.loads(text, object_pairs_hook=_each_once, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"The message is not JSON: {error}") from error
        if not isinstance(payload, dict) or payload.get("type") != "message":
            raise ValueError('The message is not an activity: expected {"type": "message", ...}.')
        self.text = text
        texts = list(_texts(payload))
        _refuse_templates(texts)
        found = [field for part in texts for field in FIELD.findall(part)]
        self.fields = {name for name, _ in found}
        self._needed = {name for name, default in found if not default}
        self._parts = vars(_built(payload))
        # The text of a message is markup; that of a card is not.
        markup = ("text", "entities")
        fills = {name: _fill(part, name in markup) for name, part in self._parts.items()}
        self._fills = {name: fill for name, fill in fills.items() if fill}

    def missing(self, fields: Mapping[str, str]) -> set[str]:
        """The fields that have neither a value nor a default."""
        return {name for name in self._needed if not fields.get(name)}

    def to(self, fields: Mapping[str, str]) -> Activity:
        """The message to one recipient."""
        filled = {name: fill(fields) for name, fill in self._fills.items()}
        activity = _Filled()
        activity.__dict__.update(self._parts | filled)
        return activity


class _Filled(Activity):
    """The SDK copies each message in depth, and changes only the top of the copy."""

    def __deepcopy__(self, _: Any) -> Activity:
        return copy.copy(self)


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


def _no_number(constant: str) -> None:
    raise ValueError(f"{constant} is not a number in JSON.")


def _refuse_templates(texts: list[str]) -> None:
    """Refuse what the Adaptive Cards designer exports and nothing here fills in.

    Raises:
        ValueError: it would go out as it is, to everybody.
    """
    for text in texts:
        rest = FIELD.sub("", text)
        if text in TEMPLATE_KEYS or "${" in rest:
            shown = text if text in TEMPLATE_KEYS else rest[rest.index("${") :].split("}")[0] + "}"
            raise ValueError(
                f"The message contains {shown[:100]}, which is not a field: a field is ${{name}} "
                "or ${name|default}, with letters, digits and _ in its name. Templates of the "
                "Adaptive Cards designer are not filled in."
            )


def _texts(part: Any, depth: int = 0) -> Iterator[str]:
    """Every text in the JSON.

    Raises:
        ValueError: it cannot be sent.
    """
    if depth > DEEPEST:
        raise ValueError(f"The message has over {DEEPEST} objects and lists inside each other.")
    if isinstance(part, str):
        if lone := re.search("[\ud800-\udfff]", part):
            raise ValueError(f"The message contains half of a character, {lone[0]!r}, in {part!r}.")
        yield part
    elif isinstance(part, float) and not isfinite(part):
        raise ValueError("The message contains a number that is too large.")
    elif isinstance(part, dict):
        for one in [*part, *part.values()]:
            yield from _texts(one, depth + 1)
    elif isinstance(part, list):
        for one in part:
            yield from _texts(one, depth + 1)


def _built(payload: dict[str, Any]) -> Activity:
    """Make an activity as the SDK does.

    Raises:
        ValueError: the SDK refuses it, or would leave something out.
    """
    try:
        activity = Activity().deserialize(payload)
        if activity.entities:
            activity.entities = [one and _entity(one) for one in payload["entities"]]
        sent = activity.serialize()
    except Exception as error:  # msrest raises almost anything
        # Its text holds the message more than once, and in the end the reason.
        raise ValueError(f"The message cannot be built: {str(error)[:500]}") from error
    _compare(payload, sent, "")
    return activity


def _entity(payload: dict[str, Any]) -> Entity:
    """An entity with all its properties: the SDK would keep only the type of a mention."""
    fields = {name: {"key": name, "type": "object"} for name in payload}
    entity = type("Entity", (Entity,), {"_attribute_map": fields})()
    entity.__dict__.update(payload)
    return entity


def _compare(written: Any, sent: Any, where: str) -> None:
    """Refuse a property that the SDK leaves out, or makes a text of. Dates change their form."""
    if isinstance(written, dict) and isinstance(sent, dict):
        for key, value in written.items():
            at = f"{where}.{key}".lstrip(".")
            if value is not None and key not in sent:
                raise ValueError(f"The message contains {at}, which an activity does not have.")
            _compare(value, sent.get(key), at)
    elif isinstance(written, list) and isinstance(sent, list):
        for number, (one, other) in enumerate(zip(written, sent, strict=True)):
            _compare(one, other, f"{where}[{number}]")
    elif isinstance(sent, str) and not isinstance(written, str):
        raise ValueError(f"The message contains {where}, which must be a text, not {written!r}.")


def _filled(text: str, fields: Mapping[str, str], markup: bool) -> str:
    """A text with its fields filled in; `&` in the name of a mention becomes `&amp;`."""

    def value(found: re.Match[str]) -> str:
        return fields.get(found[1]) or found[2] or ""

    def mention(found: re.Match[str]) -> str:
        return FIELD.sub(lambda field: escape(value(field), quote=False), found[0])

    return FIELD.sub(value, MENTION.sub(mention, text) if markup else text)


def _fill(part: Any, markup: bool) -> Fill | None:
    """What fills in the fields of a part of the activity; None where it has none.

    The JSON's text is not filled in, because a quotation mark in a name would end a string.
    """
    if isinstance(part, str) and FIELD.search(part):
        return lambda fields: _filled(part, fields, markup)
    if isinstance(part, list):
        fills = [_fill(one, markup) for one in part]
        if any(fills):
            return lambda fields: [
                fill(fields) if fill else one for fill, one in zip(fills, part, strict=True)
            ]
    if isinstance(part, dict | Model):
        values = part if isinstance(part, dict) else vars(part)
        filled = {name: fill for name, one in values.items() if (fill := _fill(one, markup))}
        if filled and isinstance(part, dict):
            return lambda fields: part | {name: fill(fields) for name, fill in filled.items()}
        if filled:
            return lambda fields: _with(part, {name: f(fields) for name, f in filled.items()})
    return None


def _with(model: Any, values: dict[str, Any]) -> Any:
    changed = copy.copy(model)
    changed.__dict__.update(values)
    return changed
