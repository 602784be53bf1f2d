"""What the parts of Microsoft Graph share: a parsed request, and refusals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...model.exchange import Refused
from ...model.world import World
from .odata import collection, entity
from .shapes import Item, Type

GRAPH = "https://graph.microsoft.com"  # also the audience of its tokens
VERSIONS = ("v1.0", "beta")
NOT_EXPECTED = "This is not what the call expects: "


@dataclass(frozen=True)
class Asked:
    """A parsed request to Graph."""

    world: World
    version: str  # v1.0 or beta
    query: dict[str, str]
    body: dict[str, Any]
    url: str  # of the request, without the query

    def context(self, path: str) -> str:
        """The URL where Graph describes its answer."""
        return f"{GRAPH}/{self.version}/$metadata#{path}"

    def many(self, items: list[Item], kind: Type, path: str, *, count: bool = True) -> Item:
        return collection(items, kind, self.query, self.context(path), url=self.url, count=count)

    def one(self, item: Item, kind: Type, path: str) -> Item:
        return entity(item, kind, self.query, self.context(path))


def refuse(status: int, code: str, text: str, inner: Item | None = None) -> Refused:
    """A refusal in Graph's shape.

    Args:
        text: the message; it begins as a row of facts.toml (graph_errors) where one has it.
        inner: the fields of `innerError` beside date and ids.
    """
    refused = Refused(status, code, text)
    refused.body = {"error": {"code": code, "message": text}}
    if inner:
        refused.body["error"]["innerError"] = inner
    return refused
