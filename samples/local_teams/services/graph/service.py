"""The part of Microsoft Graph that installs apps: one function from a request to an answer.

Shapes are those of the examples in Graph's reference; refusals are rows of facts.toml
(graph_errors). What is installed here is installed for the bot too: it is the same world.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from ....facts import facts, graph_refusals
from ...model.exchange import Refused, Request, Response
from ...model.faults import Fault, next_fault
from ...model.world import World
from . import apps, chats, directory
from .odata import Item
from .parts import GRAPH, VERSIONS, Answer, Asked, refuse


def graph(world: World, request: Request) -> Response:
    """Do what the request asks of Microsoft Graph, and answer as Graph answers.

    Switches of the world: `granted` (application permissions with consent), `catalog` (which apps
    there are, and whom a policy keeps from each), `limits` (how fast one may ask). What an
    install makes Teams tell the bot is added to `world.pending`.
    """
    now, ids = world.clock(), _ids(request, world.correlation())
    fault = next_fault(world.weather, request) if world.weather else None
    status, body, more = 0, None, {}
    try:
        if fault and fault.status and not fault.after:
            raise _fault(fault)
        if not fault or not fault.drop or fault.after:
            status, body, *rest = _dispatch(world, request)
            more = rest[0] if rest else {}
        if fault and fault.status and fault.after:
            raise _fault(fault)
    except Refused as refused:
        status, body, more = refused.status, _refusal(refused, now, ids), refused.headers
    return Response(
        status,
        {"Content-Type": "application/json;odata.metadata=minimal;charset=utf-8", **ids, **more},
        b"" if body is None else json.dumps(body, ensure_ascii=False).encode(),
        delay=fault.delay if fault else 0.0,
        dropped=fault is not None and fault.drop,
    )


def unauthorized(request: Request, now: datetime) -> Response:
    """What Graph answers to a request without a token, or with one that is not for Graph."""
    shown = any(n.lower() == "authorization" and value for n, value in request.headers.items())
    text = "Access token validation failure." if shown else "Access token is empty."
    refused, ids = refuse(401, "InvalidAuthenticationToken", text), _ids(request, str(now))
    body = json.dumps(_refusal(refused, now, ids)).encode()
    return Response(401, {"Content-Type": "application/json", **ids}, body)


def _ids(request: Request, seed: str) -> dict[str, str]:
    """The ids of a request; what the caller calls it comes back."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    own = str(uuid.uuid5(uuid.NAMESPACE_URL, seed))
    return {"request-id": own, "client-request-id": headers.get("client-request-id", own)}


def _refusal(refused: Refused, now: datetime, ids: dict[str, str]) -> dict[str, Any]:
    """The body of a refusal, with what Graph puts into every one."""
    error = refused.body["error"]
    inner = {**error.get("innerError", {}), "date": f"{now:%Y-%m-%dT%H:%M:%S}", **ids}
    return {"error": {**error, "innerError": inner}}


def _fault(fault: Fault) -> Refused:
    """A fault of the weather, in Graph's words."""
    row = next((row for row in graph_refusals() if row.status == fault.status), None)
    refused = refuse(fault.status, row.code if row else "", row.text if row else "")
    refused.headers.update(fault.refusal().headers)
    return refused


def _dispatch(world: World, request: Request) -> Answer:
    parts = urlsplit(request.path)
    version, _, path = parts.path.lstrip("/").partition("/")
    if version not in VERSIONS:
        raise refuse(400, "BadRequest", f"Invalid version: {version}")
    # A key may stand in parentheses too: users('ada@contoso.example') is users/ada@contoso.example.
    path = re.sub(r"\('([^']*)'\)", r"/\1", path).rstrip("/")
    if path.lower() == "$batch" and request.method == "POST":
        return _batch(world, version, _json(request), request.headers)
    known = False
    for route in _ROUTES:
        if found := route.pattern.fullmatch(path):
            known = True
            if route.method == request.method:
                _may(world, route)
                query = {k if k[:1] == "$" else f"${k}": v for k, v in parse_qsl(parts.query)}
                body = _json(request) if request.method == "POST" and request.body else {}
                url = f"{world.service_url or GRAPH + '/'}{parts.path.lstrip('/')}"
                asked = Asked(world, version, query, body, url)
                ids = (part and unquote(part) for part in found.groups())
                return route.handler(asked, *ids)
    if known:
        raise refuse(
            405,
            "Request_BadRequest",
            "Specified HTTP method is not allowed for the request target.",
        )
    raise refuse(
        400, "BadRequest", f"Resource not found for the segment '{path.partition('/')[0]}'."
    )


def _json(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise refuse(
            400,
            "BadRequest",
            "Unable to read JSON request payload. Please ensure Content-Type header is set and "
            "payload is of valid JSON format.",
        )
    return body


# -- who may, and how fast ---------------------------------------------------------------------


@dataclass(frozen=True)
class _Route:
    """A call of Graph.

    Attributes:
        path: of the call; `*` stands for an id.
        call: its name in facts.toml (graph_permissions), which says what it needs.
        limit: its name in facts.toml (graph_limits); empty for the directory, which counts
            otherwise.
    """

    method: str
    path: str
    handler: Callable[..., Answer]
    call: str
    limit: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(self.path.replace("/*", "/([^/]+)"), re.IGNORECASE)


def _roles(call: str) -> list[str]:
    rows: list[dict[str, Any]] = facts()["graph_permissions"]
    return next(row["roles"] for row in rows if row["call"] == call)


def _may(world: World, route: _Route) -> None:
    """Raises Refused when the caller lacks the permission, or asks too fast."""
    roles = _roles(route.call)
    if world.granted.isdisjoint(roles):
        if not route.limit:
            raise refuse(
                403,
                "Authorization_RequestDenied",
                "Insufficient privileges to complete the operation.",
            )
        raise refuse(
            403,
            "Forbidden",
            "Missing role permissions on the request. API requires one of "
            f"'{', '.join(roles)}'. Roles on the request '{', '.join(sorted(world.granted))}'.",
        )
    if route.limit and world.limits and (wait := world.limits.graph(route.limit)):
        refused = refuse(
            429,
            "TooManyRequests",
            "Please retry again later.",
            {"code": "429", "message": "Please retry after", "status": "429"},
        )
        refused.headers["Retry-After"] = str(wait)
        raise refused


# -- several requests in one -------------------------------------------------------------------


def _batch(world: World, version: str, body: dict[str, Any], headers: Mapping[str, str]) -> Answer:
    """Up to 20 requests; each has its own status, and the order of the answers is not promised."""
    asked = body.get("requests")
    if not isinstance(asked, list) or not all(isinstance(one, dict) for one in asked):
        raise refuse(400, "BadRequest", "Invalid batch payload format.")
    if len(asked) > facts()["graph_batch"]["most"]:
        raise refuse(
            400,
            "MaximumValueExceeded",
            "Number of batch request steps exceeds the maximum value of 20.",
        )
    ids = [str(one.get("id", "")).lower() for one in asked]
    if not all(ids) or len(set(ids)) < len(ids):
        raise refuse(400, "BadRequest", "Invalid batch payload format.")
    done: dict[str, Item] = {}
    for one in asked:
        before = [done.get(str(needed).lower()) for needed in one.get("dependsOn", [])]
        if all(answer and answer["status"] < 400 for answer in before):
            answer = _in_batch(world, version, one, headers)
        else:
            answer = _failed(world, 424, "FailedDependency", "A request it depends on failed.")
        done[str(one["id"]).lower()] = {
            "id": one["id"],
            "status": answer.status or 504,  # a connection in a batch cannot be lost
            "headers": dict(answer.headers),
            "body": answer.json,
        }
    return 200, {"responses": list(done.values())[::-1]}


def _in_batch(
    world: World, version: str, one: dict[str, Any], headers: Mapping[str, str]
) -> Response:
    own = {str(name).lower(): str(value) for name, value in (one.get("headers") or {}).items()}
    url = str(one.get("url", ""))
    if urlsplit(url).scheme:
        segment = f"{urlsplit(url).scheme}:"
        return _failed(world, 400, "BadRequest", f"Resource not found for the segment '{segment}'.")
    if one.get("body") is not None and "content-type" not in own:
        return _failed(
            world, 400, "BadRequest", "A request with a body needs a Content-Type header."
        )
    body = b"" if one.get("body") is None else json.dumps(one["body"]).encode()
    path = f"/{version}/{url.lstrip('/')}"
    return graph(world, Request(str(one.get("method", "")), path, {**headers, **own}, body))


def _failed(world: World, status: int, code: str, text: str) -> Response:
    body = {"error": {"code": code, "message": text}}
    return Response(status, {"Content-Type": "application/json"}, json.dumps(body).encode())


_READ = "Read teams, channels, installed apps, the catalog"
_OTHER_READ = "Other reading in Teams"
_OTHER = "Other requests to Teams"
_WRITE = "Install, or change teams and channels (POST, PUT)"
_REMOVE = "Remove (DELETE)"

_CATALOG = "Find the app in the catalog"
_CHATS = "See chats"
_MAKE_CHAT = "Make a chat"
_CHAT_MEMBERS = "See who is in a chat"
_CHANNEL = "Get a team's General channel"
_PEOPLE = "Look a person up"
_GROUPS = "See who is in a group"
# All the people in a group, or those things of one kind, or how many.
_MEMBERS = r"groups/*/(members|transitiveMembers)(?:/(microsoft\.graph\.\w+))?(?:/(\$count))?"


def _installations(scope: str, installs: str, sees: str, removes: str) -> list[_Route]:
    """The same five calls for a person, a chat and a team."""
    there = f"{scope}/installedApps"
    return [
        _Route("GET", there, apps.list_installed, sees, _READ),
        _Route("POST", there, apps.install, installs, _WRITE),
        _Route("GET", f"{there}/*", apps.get_installed, sees, _READ),
        _Route("DELETE", f"{there}/*", apps.uninstall, removes, _REMOVE),
        _Route("POST", f"{there}/*/upgrade", apps.upgrade, installs, _WRITE),
    ]


_IN_CHAT, _IN_TEAM = "Install in a chat", "Install in a team"
_CHAT_OF = "users/*/teamwork/installedApps/*/chat"
_ROUTES = (
    _Route("GET", "appCatalogs/teamsApps", apps.list_catalog, _CATALOG, _READ),
    _Route("GET", "appCatalogs/teamsApps/*", apps.get_catalog, _CATALOG, _READ),
    *_installations(
        "(users)/*/teamwork",
        "Install for a person",
        "See what a person has",
        "Remove from a person",
    ),
    *_installations("(chats)/*", _IN_CHAT, "See what a chat has", _IN_CHAT),
    *_installations("(teams)/*", _IN_TEAM, "See what a team has", _IN_TEAM),
    _Route("GET", _CHAT_OF, apps.chat_of_installation, "Get the chat of an installation", _READ),
    _Route("POST", "chats", chats.create_chat, _MAKE_CHAT, _OTHER),
    _Route("GET", "users/*/chats", chats.list_chats, _CHATS, _OTHER_READ),
    _Route("GET", "(?:users/*/)?chats/*", chats.get_chat, _CHATS, _OTHER_READ),
    _Route(
        "GET", "(?:users/*/)?chats/*/members", chats.list_chat_members, _CHAT_MEMBERS, _OTHER_READ
    ),
    _Route("GET", "chats/*/members/*", chats.get_chat_member, _CHAT_MEMBERS, _OTHER_READ),
    _Route("POST", "chats/*/members", chats.add_member, "Add somebody to a chat", _OTHER),
    _Route("GET", "chats/*/operations/*", chats.get_operation, _MAKE_CHAT, _OTHER_READ),
    _Route("GET", "teams/*/primaryChannel", chats.primary_channel, _CHANNEL, _READ),
    _Route("GET", "users", directory.list_users, _PEOPLE, ""),
    _Route("GET", "users/*", directory.get_user, _PEOPLE, ""),
    _Route("GET", "me(?:/.*)?", directory.me, _PEOPLE, ""),
    _Route("GET", "groups/*", directory.get_group, _GROUPS, ""),
    _Route("GET", _MEMBERS, directory.group_members, _GROUPS, ""),
)
