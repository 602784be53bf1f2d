"""Parses the path of a request: which service it is for, and what it says before the route."""

from __future__ import annotations

import re
from typing import NamedTuple

# The Connector's service URLs have a region, and since 2025 the tenant too (facts.toml,
# events-recorded): https://smba.trafficmanager.net/amer/<tenant id>/. Case means nothing.
_CONNECTOR = re.compile(
    r"(?:/(?P<region>(?!v[13]/)[A-Z0-9_-]+)(?:/(?P<tenant>(?!v[13]/)[A-Z0-9-]+))?)?"
    r"/(?P<version>v[13])/(?P<route>.*)",
    re.IGNORECASE,
)
_GRAPH = re.compile(r"/(?P<version>v\d+\.\d+|beta)(?:/(?P<route>.*))?", re.IGNORECASE)


class Address(NamedTuple):
    """The path of a request, parsed.

    Attributes:
        path: the whole path, percent-encoded, without the query.
        query: what follows the `?`, percent-encoded.
        region: the region in the service URL, for example `amer`; empty without one.
        tenant: the tenant in the service URL; empty without one.
        version: `v3`, `v1` of meetings, or one of Graph; empty when the path is of neither service.
        route: the path after the version, without a slash at its end.
    """

    path: str
    query: str
    region: str = ""
    tenant: str = ""
    version: str = ""
    route: str = ""

    @property
    def is_graph(self) -> bool:
        """Whether the request is for Microsoft Graph, in a version that exists or not."""
        return self.version not in ("", "v1", "v3")


def parse_address(path_and_query: str) -> Address:
    """The address in a path and query; a path of neither service has no version."""
    path, _, query = path_and_query.partition("?")
    found = _GRAPH.fullmatch(path) or _CONNECTOR.fullmatch(path)
    if found is None:
        return Address(path, query)
    parts = found.groupdict("")
    parts["route"] = parts["route"].removesuffix("/")
    parts["version"] = parts["version"].lower()
    return Address(path, query, **parts)
