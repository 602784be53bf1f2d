"""The things that Microsoft Graph has, and the part of one that a request selects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...model.exchange import Refused

Item = dict[str, Any]
_DEEPEST = 20  # $expand inside $expand


@dataclass(frozen=True)
class Type:
    """A type of item that Graph has.

    Attributes:
        navigation: properties that are answered only when $expand names them.
        on_request: properties that are answered only when $select names them.
    """

    name: str
    navigation: dict[str, Type] = field(default_factory=dict)
    on_request: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Shape:
    """The parts of an item that a request selects: $select and $expand."""

    select: tuple[str, ...] = ()
    expand: dict[str, Shape] = field(default_factory=dict)

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Shape:
        """From query options; nested ones are in parentheses, separated by semicolons."""
        expand = {}
        for part in split(query.get("$expand", ""), ","):
            name, _, inner = part.partition("(")
            options = (option.partition("=") for option in split(inner.removesuffix(")"), ";"))
            if part.count("(") > _DEEPEST:
                raise Refused(400, "BadRequest", "Invalid $expand: it is too deep.")
            expand[name] = cls.of({key: value for key, _, value in options})
        return cls(tuple(split(query.get("$select", ""), ",")), expand)

    def __str__(self) -> str:
        """As in `@odata.context`."""
        parts = [*self.select, *(f"{name}({inner})" for name, inner in self.expand.items())]
        return ",".join(parts)

    def cut(self, item: Item, kind: Type) -> Item:
        """The selected part of an item.

        Raises:
            Refused: an item of this type has no such property.
        """
        for name in (*self.select, *self.expand):
            if name not in item:
                raise no_property(name, kind)
        whole = {key for key in item if key not in kind.on_request} - kind.navigation.keys()
        kept = set(self.select) or whole
        cut = {key: value for key, value in item.items() if key in kept or key[:1] == "@"}
        for name, inner in self.expand.items():
            if (value := item[name]) is not None:
                there = kind.navigation.get(name, Type(name))
                many = isinstance(value, list)
                if not all(isinstance(one, dict) for one in (value if many else [value])):
                    raise no_property(name, kind)
                value = [inner.cut(v, there) for v in value] if many else inner.cut(value, there)
                cut[name] = value
        return cut


def no_property(name: str, kind: Type) -> Refused:
    return Refused(
        400, "BadRequest", f"Could not find a property named '{name}' on type '{kind.name}'."
    )


def get_property(value: Any, path: str, kind: Type) -> Any:
    """The value at `a/b` in an item; below null everything is null.

    Raises:
        Refused: there is no such property.
    """
    for name in path.split("/"):
        if value is None:
            return None
        if not isinstance(value, dict) or name not in value:
            raise no_property(name, kind)
        value = value[name]
    return value


def split(text: str, mark: str) -> list[str]:
    """The parts between marks, except marks inside parentheses."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == mark and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]
