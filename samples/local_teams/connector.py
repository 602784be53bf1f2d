"""The Connector REST API of Local Teams: one function from a request and a world to an answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from samples.facts import refusal
from samples.local_teams.world import Activity, Conversation, World


@dataclass(frozen=True)
class Request:
    """An HTTP request; `path` is percent-encoded, as it came."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Response:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


def answer(world: World, request: Request) -> Response:
    """Do what the request asks of Teams, and answer as Teams answers.

    Shapes and texts are those recorded from live Teams (facts.toml, create-recorded) and of the
    status-code table (facts.toml, errors). Two runs on two equal worlds give the same bytes.
    """
    try:
        status, body = _route(world, request)
    except _Refused as refused:
        status, body = refused.status, refused.body
    return Response(
        status,
        {
            "Content-Type": "application/json; charset=utf-8",
            "Server": "Microsoft-HTTPAPI/2.0",
            "MS-CV": world.correlation(),
        },
        json.dumps(body, ensure_ascii=False).encode(),
    )


class _Refused(Exception):
    """Teams says no: a row of facts.toml by status and code, with its text or another."""

    def __init__(self, status: int, code: str, text: str = "") -> None:
        super().__init__(code)
        known = refusal(status, code, text)
        self.status = status
        self.body: dict[str, Any] = {
            "error": {"code": code, "message": text or (known.text if known else "")}
        }


class _Blocked(_Refused):
    """A blocked chat is refused in a shape of its own: JSON inside the message (facts.toml)."""

    def __init__(self) -> None:
        super().__init__(403, "MessageWritesBlocked")
        inner = {
            "subCode": "MessageWritesBlocked",
            "details": self.body["error"]["message"],
            "errorCode": None,
            "errorSubCode": None,
        }
        self.body = {"errorCode": 209, "message": json.dumps(inner, indent=2)}


def _route(world: World, request: Request) -> tuple[int, Any]:
    path = urlsplit(request.path).path
    known = False
    for method, pattern, handler in _ROUTES:
        if found := re.fullmatch(pattern, path):
            known = True
            if method == request.method:
                return handler(world, _body(request), *map(unquote, found.groups()))
    if known:
        raise _Refused(
            405,
            "MethodNotAllowed",
            f"The requested resource does not support {request.method}.",
        )
    raise _Refused(404, "NotFound", f"No such route: {request.method} {path}")


def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except ValueError as error:
        raise _Refused(400, "BadSyntax", f"The body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise _Refused(400, "BadSyntax", "The body is not a JSON object")
    return body


def _field(body: Any, *names: str) -> Any:
    """What stands at a path in a body, in any case of the keys: the SDK sends `tenantID`."""
    for name in names:
        if not isinstance(body, dict):
            return None
        body = next((value for key, value in body.items() if key.lower() == name.lower()), None)
    return body


def _create(world: World, body: dict[str, Any]) -> tuple[int, Any]:
    """A personal chat with one person, or a new thread in a channel; there is no third way."""
    channel_id = _field(body, "channelData", "channel", "id")
    if _field(body, "isGroup") and isinstance(channel_id, str):
        return _create_thread(world, body, channel_id)
    members = _field(body, "members")
    wanted = _field(members[0], "id") if isinstance(members, list) and len(members) == 1 else None
    if _field(body, "isGroup") or not isinstance(wanted, str):
        raise _Refused(400, "BadSyntax", "Incorrect conversation creation parameters")
    tenant_id = _field(body, "channelData", "tenant", "id") or _field(body, "tenantId")
    if not isinstance(tenant_id, str) or tenant_id.lower() != world.tenant_id:
        raise _Refused(400, "BadSyntax", "Could not parse tenant id")
    chat = _personal_chat(world, wanted)
    if activity := _field(body, "activity"):
        _post(world, activity, chat)
    return 201, {"id": chat.id}


def _create_thread(world: World, body: dict[str, Any], channel_id: str) -> tuple[int, Any]:
    activity = _field(body, "activity")
    if not isinstance(activity, dict):
        raise _Refused(400, "BadSyntax", "Incorrect conversation creation parameters")
    channel = world.conversation(channel_id)
    if channel is None or channel.kind != "channel":
        raise _Refused(404, "ConversationNotFound")
    stored = _post(world, activity, channel)
    return 201, {"id": stored["conversation"]["id"], "activityId": stored["id"]}


def _personal_chat(world: World, user_id: str) -> Conversation:
    """The chat with the person of a `29:` id or an Entra object id.

    An Entra object id needs the personal install; a `29:` id also works for a member of a team
    that has the app (facts.toml, send-proactive-messages).
    """
    person = world.person(user_id)
    if user_id.startswith("29:"):
        if person is None:
            raise _Refused(403, "BadArgument", "Failed to decrypt pairwise id")
        if not person.installed and not world.shares_a_team(person):
            raise _Refused(403, "ForbiddenOperationException")
    elif person is None or not person.installed:
        raise _Refused(403, "ForbiddenOperationException")
    return world.personal_chat(person)


def _send(
    world: World,
    body: dict[str, Any],
    conversation_id: str,
    reply_to: str | None = None,
) -> tuple[int, Any]:
    """Post in a conversation. `reply_to` means nothing: the SDK puts a random id there."""
    conversation = world.conversation(conversation_id)
    if conversation is None:
        raise _Refused(404, "ConversationNotFound")
    thread = conversation_id.partition(";messageid=")[2]
    return 201, {"id": _post(world, body, conversation, thread)["id"]}


def _post(world: World, activity: Any, conversation: Conversation, thread: str = "") -> Activity:
    if not isinstance(activity, dict) or not isinstance(_field(activity, "type"), str):
        raise _Refused(400, "BadSyntax", "The activity has no type")
    if not world.bot_is_in(conversation):
        raise _Refused(403, "BotNotInConversationRoster")
    if conversation.kind == "personal" and conversation.members[0].blocked:
        raise _Blocked
    return world.post(conversation, activity, thread=thread)


_ROUTES: tuple[tuple[str, str, Callable[..., tuple[int, Any]]], ...] = (
    ("POST", "/v3/conversations", _create),
    ("POST", "/v3/conversations/([^/]+)/activities", _send),
    ("POST", "/v3/conversations/([^/]+)/activities/([^/]+)", _send),
)
