"""Reads $filter, one of OData's query options, into a condition on items."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...model.exchange import Refused
from .shapes import Item, Type, get_property

_Value = Callable[[Mapping[str, Any]], Any]

_TOKEN = re.compile(
    r"\s*(?:('(?:[^']|'')*')|(\d{4}-\d\d-\d\dT[\d:.]+Z?)|([\w@.$-]+(?:/[\w@.$-]+)*)|([(),:]))"
)
_LONGEST = 200  # tokens; reading one takes four calls inside each other at most
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "startswith": lambda a, b: a.startswith(b),
    "endswith": lambda a, b: a.endswith(b),
    "contains": lambda a, b: b in a,
    "tolower": lambda a: a,  # everything is compared without regard to case
    "toupper": lambda a: a,
}


class Filter:
    """A $filter: `or`, `and`, `not`, comparisons, `in`, functions, and `any` and `all`.

    A recursive-descent parser makes functions of the values by name; `""` is the item.
    """

    def __init__(self, text: str, kind: Type) -> None:
        self._text, self._kind = text, kind
        self._tokens = list(self._read())
        self._at = 0
        if len(self._tokens) > _LONGEST:
            raise self._bad()
        self._whole = self._or()
        if self._peek():
            raise self._bad()

    def matches(self, item: Item) -> bool:
        try:
            return bool(self._whole({"": item}))
        except (TypeError, AttributeError):  # a function of what it is not for
            raise self._bad() from None

    def _bad(self) -> Refused:
        return Refused(400, "BadRequest", f"Invalid filter clause: {self._text[:500]}")

    def _read(self) -> Iterator[str]:
        text = self._text.rstrip()
        at = 0
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise self._bad()
            yield found[0].strip()
            at = found.end()

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self, wanted: str = "") -> str:
        token = self._peek()
        if not token or (wanted and token != wanted):
            raise self._bad()
        self._at += 1
        return token

    def _or(self) -> _Value:
        left = self._and()
        while self._peek() == "or":
            self._take()
            left = (lambda a, b: lambda names: a(names) or b(names))(left, self._and())
        return left

    def _and(self) -> _Value:
        left = self._not()
        while self._peek() == "and":
            self._take()
            left = (lambda a, b: lambda names: a(names) and b(names))(left, self._not())
        return left

    def _not(self) -> _Value:
        if self._peek() == "not":
            self._take()
            inner = self._not()
            return lambda names: not inner(names)
        return self._comparison()

    def _comparison(self) -> _Value:
        if self._peek() == "(":
            self._take()
            inner = self._or()
            self._take(")")
            return inner
        left = self._operand()
        operator = self._peek()
        if operator == "in":
            self._take()
            choices = self._list(self._operand)
            return lambda names: left(names) in [choice(names) for choice in choices]
        if operator in _COMPARE:
            self._take()
            compare, right = _COMPARE[operator], self._operand()
            return lambda names: self._compare(compare, left(names), right(names))
        return left

    def _compare(self, compare: Callable[[Any, Any], bool], left: Any, right: Any) -> bool:
        try:
            return compare(left, right)
        except TypeError:  # null is neither more nor less than anything
            return False

    def _list(self, part: Callable[[], _Value]) -> list[_Value]:
        self._take("(")
        parts = [part()]
        while self._peek() == ",":
            self._take()
            parts.append(part())
        self._take(")")
        return parts

    def _operand(self) -> _Value:
        token = self._take()
        if self._peek() == "(":
            return self._call(token)
        literal = _literal(token)
        if literal is not _NO_LITERAL:
            return lambda names: literal

        def value(names: Mapping[str, Any]) -> Any:
            first, _, rest = token.partition("/")
            if first in names:
                return _folded(
                    get_property(names[first], rest, self._kind) if rest else names[first]
                )
            return _folded(get_property(names[""], token, self._kind))

        return value

    def _call(self, token: str) -> _Value:
        path, _, quantifier = token.rpartition("/")
        if quantifier in ("any", "all"):
            self._take("(")
            name = self._take()
            self._take(":")
            inner = self._or()
            self._take(")")
            every = {"any": any, "all": all}[quantifier]
            return lambda names: every(
                inner({**names, name: each}) for each in get_property(names[""], path, self._kind)
            )
        if token not in _FUNCTIONS:
            raise self._bad()
        function, parts = _FUNCTIONS[token], self._list(self._operand)
        return lambda names: function(*((part(names) or "") for part in parts))


_NO_LITERAL = object()


def _literal(token: str) -> Any:
    if token[0] == "'":
        return _folded(token[1:-1].replace("''", "'"))
    if token in ("null", "true", "false"):
        return {"null": None, "true": True, "false": False}[token]
    if re.fullmatch(r"-?[0-9]{1,18}", token):
        return int(token)
    return _folded(token) if re.match(r"\d{4}-|[0-9a-f]{8}-[0-9a-f]{4}-", token) else _NO_LITERAL


def _folded(value: Any) -> Any:
    """Texts are compared without regard to case, as Graph does."""
    return value.lower() if isinstance(value, str) else value
