"""The query options of OData that Microsoft Graph answers to, over plain dictionaries.

$filter, $select, $expand, $orderby, $search, $top, $count and $skiptoken, as Microsoft's page on
query parameters describes them (facts.toml, graph-query).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from ...model.exchange import Refused

Item = dict[str, Any]
_Value = Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Type:
    """A kind of thing that Graph has.

    Attributes:
        navigation: what is answered only when $expand names it.
        on_request: properties that are answered only when $select names them.
    """

    name: str
    navigation: dict[str, Type] = field(default_factory=dict)
    on_request: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Shape:
    """Which parts of a thing are wanted: $select and $expand."""

    select: tuple[str, ...] = ()
    expand: dict[str, Shape] = field(default_factory=dict)

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Shape:
        """From query options; nested ones stand in parentheses, apart by semicolons."""
        expand = {}
        for part in _split(query.get("$expand", ""), ","):
            name, _, inner = part.partition("(")
            options = (option.partition("=") for option in _split(inner.removesuffix(")"), ";"))
            expand[name] = cls.of({key: value for key, _, value in options})
        return cls(tuple(_split(query.get("$select", ""), ",")), expand)

    def __str__(self) -> str:
        """As `@odata.context` tells it."""
        parts = [*self.select, *(f"{name}({inner})" for name, inner in self.expand.items())]
        return ",".join(parts)

    def cut(self, item: Item, kind: Type) -> Item:
        """The wanted part of a thing.

        Raises:
            Refused: a thing of this kind has no such property.
        """
        for name in (*self.select, *self.expand):
            if name not in item:
                raise _no_property(name, kind)
        whole = {key for key in item if key not in kind.on_request} - kind.navigation.keys()
        kept = set(self.select) or whole
        cut = {key: value for key, value in item.items() if key in kept or key[:1] == "@"}
        for name, inner in self.expand.items():
            if (value := item[name]) is not None:
                there = kind.navigation.get(name, Type(name))
                many = isinstance(value, list)
                value = [inner.cut(v, there) for v in value] if many else inner.cut(value, there)
                cut[name] = value
        return cut


def entity(item: Item, kind: Type, query: Mapping[str, str], context: str) -> Item:
    """One thing, as `GET` answers it; `context` is the URL of its collection's description."""
    shape = Shape.of(query)
    about = f"({shape})" if str(shape) else ""
    return {"@odata.context": f"{context}{about}/$entity", **shape.cut(item, kind)}


def collection(
    items: list[Item],
    kind: Type,
    query: Mapping[str, str],
    context: str,
    *,
    url: str,
    page: int = 100,
    most: int = 999,
    count: bool = False,
) -> Item:
    """Several things, as `GET` answers them: filtered, in order, a page of them.

    Args:
        url: of the collection itself, for the link to the next page.
        page: how many a page has unless $top says otherwise, up to `most`.
        count: whether the answer counts them also when $count does not ask.

    Raises:
        Refused: a query option cannot be read, or names a property that there is not.
    """
    found = list(items)
    if "$filter" in query:
        found = list(filter(_Filter(query["$filter"], kind).holds, found))
    if "$search" in query:
        found = [item for item in found if _matches(query["$search"], item, kind)]
    for part in reversed(_split(query.get("$orderby", ""), ",")):
        name, _, way = part.partition(" ")
        found.sort(key=lambda i: str(_get(i, name, kind)).lower(), reverse=way.strip() == "desc")
    size, start = _number(query, "$top", page), _number(query, "$skiptoken", 0)
    size = min(size, most)
    shape = Shape.of(query)
    about = f"({shape})" if str(shape) else ""
    answer: Item = {"@odata.context": f"{context}{about}"}
    if count or query.get("$count", "").lower() == "true":
        answer["@odata.count"] = len(found)
    if start + size < len(found):
        rest = {**query, "$skiptoken": str(start + size)}
        answer["@odata.nextLink"] = f"{url}?{urlencode(rest, quote_via=quote, safe='$')}"
    answer["value"] = [shape.cut(item, kind) for item in found[start : start + size]]
    return answer


def _number(query: Mapping[str, str], name: str, without: int) -> int:
    text = query.get(name, str(without))
    if not text.isdecimal():
        raise Refused(400, "BadRequest", f"Invalid value '{text}' for {name}.")
    return int(text)


def _no_property(name: str, kind: Type) -> Refused:
    return Refused(
        400, "BadRequest", f"Could not find a property named '{name}' on type '{kind.name}'."
    )


def _split(text: str, mark: str) -> list[str]:
    """The parts between marks, not counting those inside parentheses."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == mark and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]


def _matches(search: str, item: Item, kind: Type) -> bool:
    """Whether a word of a property begins with what is looked for: `"displayName:ada"`."""
    name, _, wanted = search.strip('"').partition(":")
    words = re.split(r"\W+", str(_get(item, name, kind)).lower())
    return any(word.startswith(wanted.lower()) for word in words)


def _get(value: Any, path: str, kind: Type) -> Any:
    """What stands at `a/b` in an item; null has only nulls in it."""
    for name in path.split("/"):
        if value is None:
            return None
        if not isinstance(value, dict) or name not in value:
            raise _no_property(name, kind)
        value = value[name]
    return value


_TOKEN = re.compile(
    r"\s*(?:('(?:[^']|'')*')|(\d{4}-\d\d-\d\dT[\d:.]+Z?)|([\w@.$-]+(?:/[\w@.$-]+)*)|([(),:]))"
)
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


class _Filter:
    """A $filter: `or`, `and`, `not`, comparisons, `in`, functions, and `any` and `all`.

    Read by recursive descent into functions of what the names stand for; `""` is the item.
    """

    def __init__(self, text: str, kind: Type) -> None:
        self._text, self._kind = text, kind
        self._tokens = list(self._read())
        self._at = 0
        self._whole = self._or()
        if self._peek():
            raise self._bad()

    def holds(self, item: Item) -> bool:
        return bool(self._whole({"": item}))

    def _bad(self) -> Refused:
        return Refused(400, "BadRequest", f"Invalid filter clause: {self._text}")

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
                return _folded(_get(names[first], rest, self._kind) if rest else names[first])
            return _folded(_get(names[""], token, self._kind))

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
                inner({**names, name: each}) for each in _get(names[""], path, self._kind)
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
    if re.fullmatch(r"-?\d+", token):
        return int(token)
    return _folded(token) if re.match(r"\d{4}-|[0-9a-f]{8}-[0-9a-f]{4}-", token) else _NO_LITERAL


def _folded(value: Any) -> Any:
    """Texts are compared without regard to case, as Graph does."""
    return value.lower() if isinstance(value, str) else value
