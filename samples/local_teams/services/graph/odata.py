"""The query options of OData that Microsoft Graph answers to, over plain dictionaries.

$filter, $select, $expand, $orderby, $search, $top, $count and $skiptoken, as Microsoft's page on
query parameters describes them (facts.toml, graph-query).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, urlencode

from ...model.exchange import Refused
from .filters import Filter
from .shapes import Item, Shape, Type, get_property, split

_OPTIONS = (
    *("$filter", "$select", "$expand", "$orderby", "$search", "$top", "$count", "$skiptoken"),
)


def read_options(query: str) -> dict[str, str]:
    """The query options of a URL; `$` may be missing before their names, as Graph allows.

    Other names without `$` are the caller's own, which Graph does not read.

    Raises:
        Refused: an option of OData that is not known here would change the answer.
    """
    options = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        option = f"${name.removeprefix('$')}"
        if option.lower() in _OPTIONS:
            options[option.lower()] = value
        elif name.startswith("$") or option.lower() in ("$skip", "$apply", "$compute", "$format"):
            raise Refused(400, "BadRequest", f"Query option '{name}' is not supported.")
    return options


def entity(item: Item, kind: Type, query: Mapping[str, str], context: str) -> Item:
    """One item, as `GET` answers it; `context` is the URL of its collection's description."""
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
    """Several items, as `GET` answers them: filtered, in order, one page.

    Args:
        url: of the collection itself, for the link to the next page.
        page: the size of a page without $top; with it, the size is at most `most`.
        count: whether the answer has the count even without $count.

    Raises:
        Refused: a query option is malformed, or names a property that does not exist.
    """
    found = list(items)
    if "$filter" in query:
        found = list(filter(Filter(query["$filter"], kind).matches, found))
    if "$search" in query:
        found = [item for item in found if _matches(query["$search"], item, kind)]
    for part in reversed(split(query.get("$orderby", ""), ",")):
        name, _, direction = part.partition(" ")
        _sort(found, name, kind, reverse=direction.strip() == "desc")
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


def _sort(items: list[Item], name: str, kind: Type, *, reverse: bool) -> None:
    items.sort(key=lambda item: str(get_property(item, name, kind)).lower(), reverse=reverse)


def _number(query: Mapping[str, str], name: str, without: int) -> int:
    text = query.get(name, str(without))
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise Refused(400, "BadRequest", f"Invalid value '{text[:100]}' for {name}.")
    return int(text)


def _matches(search: str, item: Item, kind: Type) -> bool:
    """Whether a word of a property begins with the searched text: `"displayName:ada"`."""
    name, _, wanted = search.strip('"').partition(":")
    words = re.split(r"\W+", str(get_property(item, name, kind)).lower())
    return any(word.startswith(wanted.lower()) for word in words)
