"""The Connector REST API, with which a bot sends messages and reads who is where.

Shapes and texts are those recorded from live Teams (facts.toml, create-recorded) and of the table
of status codes (facts.toml, errors).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote

from ...model.exchange import Refused, Request, read_json
from ...model.faults import Fault
from ...model.world import World
from ..address import Address
from ..service import Answer, Call, Service
from .fields import field
from .routes import OPTIONS, ROUTES

# Live Teams serves GCC tenants at a host of their own; here at the path /gcc.
_GCC = "gcc"


class Connector(Service):
    """One request to the Connector."""

    def __init__(self, world: World, request: Request, address: Address) -> None:
        super().__init__(world, request, address)
        self.headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Server": "Microsoft-HTTPAPI/2.0",
            "MS-CV": world.correlation(),
        }

    def find(self) -> Call:
        method, parts = self.request.method, self.address.route.split("/")
        # Without regard to case: botbuilder asks for pagedmembers, the Teams SDK for pagedMembers.
        pattern = "/".join("*" if n % 2 else part.lower() for n, part in enumerate(parts))
        methods = ROUTES.get(pattern) if self.address.version == "v3" else None
        if methods is None:
            raise Refused(404, "NotFound", f"No such route: {method} {self.address.path}")
        if method not in methods:
            raise Refused(
                405, "MethodNotAllowed", f"The requested resource does not support {method}."
            )
        if self.address.tenant.lower() not in ("", self.world.tenant_id):
            text = f"This is the tenant {self.world.tenant_id}, not {self.address.tenant}"
            raise Refused(404, "NotFound", text)
        handler, operation = methods[method]
        query = self._query(pattern)
        targeted = _is_true("isTargetedActivity", query)
        ids = [unquote(part) for part in parts[1::2]]
        given = self._body() if method in ("POST", "PUT") else query
        place = ids[0] if ids else _recipient(given)

        def run() -> Answer:
            self._refuse_where_the_app_is_blocked()
            more = {"targeted": True} if targeted else {}
            return handler(self.world, given, *ids, **more)

        return Call(
            wait=lambda limits: limits.wait(operation, place, bot=self.world.bot_id), run=run
        )

    def _query(self, pattern: str) -> dict[str, str]:
        """The query options, by their names in small letters; refuses one that means nothing."""
        pairs = parse_qsl(self.address.query, keep_blank_values=True)
        query = {name.lower(): value for name, value in pairs}
        for name in query:
            if name not in OPTIONS.get(pattern, ()):
                raise Refused(400, "Bad Argument", f"Unknown query option {name!r}")
        return query

    def throttled(self) -> Refused:
        return Refused(429, "Throttled")

    def fault_refusal(self, fault: Fault) -> Refused:
        return fault.refusal()

    def refusal_body(self, refused: Refused) -> Any:
        return refused.body

    def _body(self) -> dict[str, Any]:
        try:
            body = read_json(self.request.body, lone_surrogates=True)
        except ValueError as error:
            raise Refused(400, "BadSyntax", f"The body is not JSON: {error}") from error
        if not isinstance(body, dict):
            raise Refused(400, "BadSyntax", "The body is not a JSON object")
        return body

    def _refuse_where_the_app_is_blocked(self) -> None:
        if self.world.disabled_by_admin:
            raise Refused(403, "BotDisabledByAdmin")
        if self.world.cloud == "GCC" and self.address.region != _GCC:
            raise Refused(403, "InvalidBotApiHost")


def _is_true(name: str, query: dict[str, str]) -> bool:
    value = query.get(name.lower(), "false").lower()
    if value not in ("true", "false"):
        raise Refused(400, "Bad Argument", f"{name} is true or false, not {value!r}")
    return value == "true"


def _recipient(body: dict[str, Any]) -> str:
    """The person or channel of a create: each has limits of its own."""
    members = field(body, "members")
    first = field(members[0], "id") if isinstance(members, list) and members else None
    return str(field(body, "channelData", "channel", "id") or first)
