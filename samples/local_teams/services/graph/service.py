"""The part of Microsoft Graph that installs apps.

Shapes are those of the examples in Graph's reference; refusals are rows of facts.toml
(graph_errors). The Connector serves the same world: what Graph installs, the bot can use.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from ....facts import facts, graph_refusals
from ...model.exchange import Refused, Request, Response, read_json
from ...model.faults import Fault
from ...model.ids import request_id
from ...model.world import World
from ..address import Address, parse_address
from ..service import Call, Service
from .batch import run_batch
from .odata import read_options
from .parts import GRAPH, VERSIONS, Asked, refuse
from .permissions import check_permission
from .routes import ROUTES, Route


class Graph(Service):
    """One request to Microsoft Graph.

    It follows these attributes of the world: `granted` (application permissions with consent),
    `catalog` (the apps, and to whom a policy denies each) and `limits`. An install adds what Teams
    sends the bot to `world.pending`.
    """

    _in_a_batch = False  # a batch contains no batch

    def __init__(self, world: World, request: Request, address: Address) -> None:
        super().__init__(world, request, address)
        self._now = world.clock()
        self._ids = _ids(request, world.correlation())
        self.headers = {
            "Content-Type": "application/json;odata.metadata=minimal;charset=utf-8",
            **self._ids,
        }

    def find(self) -> Call:
        version, request = self.address.version, self.request
        if version not in VERSIONS:
            raise refuse(400, "BadRequest", f"Invalid version: {version}")
        # A key may be in parentheses too: users('ada') is users/ada.
        path = re.sub(r"\('([^']*)'\)", r"/\1", self.address.route).rstrip("/")
        if path.lower() == "$batch" and request.method == "POST" and not self._in_a_batch:
            body = self._body()
            return Call(
                wait=lambda _: 0,  # each request in it counts
                run=lambda: run_batch(body, version, request.headers, self._ask),
            )
        routes = [(route, m) for route in ROUTES if (m := route.pattern.fullmatch(path))]
        for route, found in routes:
            if route.method == request.method:
                check_permission(self.world, route)
                return self._call(route, [part and unquote(part) for part in found.groups()])
        if routes:
            raise refuse(
                405,
                "Request_BadRequest",
                "Specified HTTP method is not allowed for the request target.",
            )
        raise refuse(
            400, "BadRequest", f"Resource not found for the segment '{path.partition('/')[0]}'."
        )

    def _call(self, route: Route, ids: list[str | None]) -> Call:
        return Call(
            wait=lambda limits: limits.graph(route.limit) if route.limit else 0,
            run=lambda: route.handler(self._asked(), *ids),
        )

    def _asked(self) -> Asked:
        return Asked(
            world=self.world,
            version=self.address.version,
            query=read_options(self.address.query),
            body=self._body() if self.request.method == "POST" and self.request.body else {},
            url=f"{_host(self.request)}{self.address.path}",
        )

    def _ask(self, request: Request) -> Response:
        inner = Graph(self.world, request, parse_address(request.path))
        inner._in_a_batch = True
        return inner.answer()

    def _body(self) -> dict[str, Any]:
        try:
            body = read_json(self.request.body)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise refuse(
                400,
                "BadRequest",
                "Unable to read JSON request payload. Please ensure Content-Type header is set "
                "and payload is of valid JSON format.",
            )
        return body

    def throttled(self) -> Refused:
        return refuse(
            429,
            "TooManyRequests",
            "Please retry again later.",
            {"code": "429", "message": "Please retry after", "status": "429"},
        )

    def fault_refusal(self, fault: Fault) -> Refused:
        """A fault in Graph's words."""
        row = next((row for row in graph_refusals() if row.status == fault.status), None)
        refused = refuse(fault.status, row.code if row else "", row.text if row else "")
        refused.headers.update(fault.refusal().headers)
        return refused

    def refusal_body(self, refused: Refused) -> Any:
        return _refusal_body(refused, self._now, self._ids)


def _host(request: Request) -> str:
    """The host that was asked, where the next page is too: a client sends its token there."""
    hosts = [value for name, value in request.headers.items() if name.lower() == "host"]
    if not hosts:
        return GRAPH
    secure = any(row["host"] == hosts[0] for row in facts()["graph_hosts"])
    return f"{'https' if secure else 'http'}://{hosts[0]}"


def unauthorized(request: Request, now: datetime) -> Response:
    """Graph's answer to a request without a token, or with one that is not for Graph."""
    shown = any(n.lower() == "authorization" and value for n, value in request.headers.items())
    text = "Access token validation failure." if shown else "Access token is empty."
    refused, ids = refuse(401, "InvalidAuthenticationToken", text), _ids(request, str(now))
    body = json.dumps(_refusal_body(refused, now, ids)).encode()
    return Response(401, {"Content-Type": "application/json", **ids}, body)


def _ids(request: Request, seed: str) -> dict[str, str]:
    """The ids of a request; the caller's own id comes back."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    own, given = request_id(seed), headers.get("client-request-id", "")
    return {
        "request-id": own,
        "client-request-id": given if re.fullmatch("[!-~]{1,200}", given) else own,
    }


def _refusal_body(refused: Refused, now: datetime, ids: Mapping[str, str]) -> dict[str, Any]:
    """The body of a refusal, with what Graph adds to every one."""
    error = refused.body["error"]
    inner = {**error.get("innerError", {}), "date": f"{now:%Y-%m-%dT%H:%M:%S}", **ids}
    return {"error": {**error, "innerError": inner}}
