"""The Connector REST API of Local Teams: one function from a request and a world to an answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from ..facts import facts
from .http import Refused, Request, Response
from .world import Activity, Conversation, Person, World


def answer(world: World, request: Request) -> Response:
    """Do what the request asks of Teams, and answer as Teams answers.

    Shapes and texts are those recorded from live Teams (facts.toml, create-recorded) and of the
    status-code table (facts.toml, errors). Two runs on two equal worlds give the same bytes.
    """
    try:
        status, body = _route(world, request)
    except Refused as refused:
        status, body = refused.status, refused.body
    return Response(
        status,
        {
            "Content-Type": "application/json; charset=utf-8",
            "Server": "Microsoft-HTTPAPI/2.0",
            "MS-CV": world.correlation(),
        },
        b"" if body is None else json.dumps(body, ensure_ascii=False).encode(),
    )


class _Blocked(Refused):
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
    parts = urlsplit(request.path)
    path = parts.path
    known = False
    for method, pattern, handler in _ROUTES:
        if found := re.fullmatch(pattern, path):
            known = True
            if method == request.method:
                given = (
                    _body(request) if method in ("POST", "PUT") else dict(parse_qsl(parts.query))
                )
                return handler(world, given, *map(unquote, found.groups()))
    if known:
        raise Refused(
            405,
            "MethodNotAllowed",
            f"The requested resource does not support {request.method}.",
        )
    raise Refused(404, "NotFound", f"No such route: {request.method} {path}")


def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except ValueError as error:
        raise Refused(400, "BadSyntax", f"The body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise Refused(400, "BadSyntax", "The body is not a JSON object")
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
        raise Refused(400, "BadSyntax", "Incorrect conversation creation parameters")
    tenant_id = _field(body, "channelData", "tenant", "id") or _field(body, "tenantId")
    if not isinstance(tenant_id, str) or tenant_id.lower() != world.tenant_id:
        raise Refused(400, "BadSyntax", "Could not parse tenant id")
    chat = _personal_chat(world, wanted)
    if activity := _field(body, "activity"):
        _post(world, activity, chat)
    return 201, {"id": chat.id}


def _create_thread(world: World, body: dict[str, Any], channel_id: str) -> tuple[int, Any]:
    activity = _field(body, "activity")
    if not isinstance(activity, dict):
        raise Refused(400, "BadSyntax", "Incorrect conversation creation parameters")
    channel = world.conversation(channel_id)
    if channel is None or channel.kind != "channel":
        raise Refused(404, "ConversationNotFound")
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
            raise Refused(403, "BadArgument", "Failed to decrypt pairwise id")
        if not person.installed and not world.shares_a_team(person):
            raise Refused(403, "ForbiddenOperationException")
    elif person is None or not person.installed:
        raise Refused(403, "ForbiddenOperationException")
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
        raise Refused(404, "ConversationNotFound")
    thread = conversation_id.partition(";messageid=")[2]
    if _field(body, "text") and _field(body, "attachments"):
        # Teams makes two messages of it and names neither (facts.toml, status-codes).
        _post(world, {k: v for k, v in body.items() if k != "attachments"}, conversation, thread)
        _post(world, {k: v for k, v in body.items() if k != "text"}, conversation, thread)
        return 201, None
    return 201, {"id": _post(world, body, conversation, thread)["id"]}


def _post(world: World, activity: Any, conversation: Conversation, thread: str = "") -> Activity:
    if not isinstance(activity, dict) or not isinstance(_field(activity, "type"), str):
        raise Refused(400, "BadSyntax", "The activity has no type")
    size = len(json.dumps(activity, ensure_ascii=False).encode("utf-16-le"))
    if size > facts()["message_size"]["kilobytes"] * 1024:
        raise Refused(413, "MessageSizeTooBig")
    if not world.bot_is_in(conversation):
        raise Refused(403, "BotNotInConversationRoster")
    if conversation.kind == "personal" and conversation.members[0].blocked:
        raise _Blocked
    return world.post(conversation, activity, thread=thread)


def _conversation(world: World, conversation_id: str) -> Conversation:
    """A conversation that the bot is in.

    Raises:
        Refused: there is none, or the app is not installed in it.
    """
    conversation = world.conversation(conversation_id)
    if conversation is None:
        raise Refused(404, "ConversationNotFound")
    if not world.bot_is_in(conversation):
        raise Refused(403, "BotNotInConversationRoster")
    return conversation


def _own_message(world: World, conversation_id: str, activity_id: str) -> Activity:
    """A message that the bot may change: one of its own that is still there."""
    conversation = _conversation(world, conversation_id)
    message = next((m for m in conversation.messages if m["id"] == activity_id), None)
    if message is None or message.get("deleted"):
        raise Refused(404, "ActivityNotFoundInConversation")
    if message["from"]["id"] != world.bot_id:
        raise Refused(403, "NotEnoughPermissions", "The bot did not send this message")
    return message


def _update(
    world: World, body: dict[str, Any], conversation_id: str, activity_id: str
) -> tuple[int, Any]:
    world.update(_own_message(world, conversation_id, activity_id), body)
    return 200, {"id": activity_id}


def _delete(world: World, _: Any, conversation_id: str, activity_id: str) -> tuple[int, Any]:
    world.delete(_own_message(world, conversation_id, activity_id))
    return 200, None


def _member(world: World, person: Person) -> dict[str, Any]:
    """A row of a roster. The Entra object id stands under both names that Teams uses for it."""
    given, _, surname = person.name.partition(" ")
    return {
        "id": person.id,
        "name": person.name,
        "objectId": person.aad_object_id,
        "aadObjectId": person.aad_object_id,
        "givenName": given,
        "surname": surname,
        "email": person.email,
        "userPrincipalName": person.email,
        "tenantId": world.tenant_id,
        "userRole": "user",
    }


def _members(world: World, _: Any, conversation_id: str) -> tuple[int, Any]:
    return 200, [_member(world, p) for p in _conversation(world, conversation_id).members]


def _one_member(world: World, _: Any, conversation_id: str, key: str) -> tuple[int, Any]:
    """By `29:` id, Entra object id or user principal name."""
    for person in _conversation(world, conversation_id).members:
        if key == person.id or key.lower() in (person.aad_object_id, person.email):
            return 200, _member(world, person)
    raise Refused(404, "MemberNotFoundInConversation", "The member is not in the conversation")


def _paged_members(world: World, query: dict[str, str], conversation_id: str) -> tuple[int, Any]:
    """Pages of 50 to 500 members, 200 unless asked (facts.toml, rate-limit)."""
    members = _conversation(world, conversation_id).members
    try:
        size = min(max(int(query.get("pageSize", 200)), 50), 500)
        start = int(query.get("continuationToken") or 0)
    except ValueError as error:
        raise Refused(400, "Bad Argument", "pageSize or continuationToken is wrong") from error
    page: dict[str, Any] = {"members": [_member(world, p) for p in members[start : start + size]]}
    if start + size < len(members):
        page["continuationToken"] = str(start + size)
    return 200, page


def _team_channels(world: World, _: Any, team_id: str) -> tuple[int, Any]:
    """The channels of a team; General comes without a name."""
    channels = world.team_of(_conversation(world, team_id))
    if channels is None:
        raise Refused(404, "ConversationNotFound")
    general, *others = channels.channels
    return 200, {
        "conversations": [{"id": general.id}, *({"id": c.id, "name": c.name} for c in others)]
    }


def _team(world: World, _: Any, team_id: str) -> tuple[int, Any]:
    team = world.team_of(_conversation(world, team_id))
    if team is None:
        raise Refused(404, "ConversationNotFound")
    return 200, {
        "id": team.id,
        "name": team.name,
        "channelCount": len(team.channels),
        "memberCount": len(team.channels[0].members),
    }


_ROUTES: tuple[tuple[str, str, Callable[..., tuple[int, Any]]], ...] = (
    ("POST", "/v3/conversations", _create),
    ("POST", "/v3/conversations/([^/]+)/activities", _send),
    ("POST", "/v3/conversations/([^/]+)/activities/([^/]+)", _send),
    ("PUT", "/v3/conversations/([^/]+)/activities/([^/]+)", _update),
    ("DELETE", "/v3/conversations/([^/]+)/activities/([^/]+)", _delete),
    ("GET", "/v3/conversations/([^/]+)/members", _members),
    ("GET", "/v3/conversations/([^/]+)/pagedmembers", _paged_members),
    ("GET", "/v3/conversations/([^/]+)/members/([^/]+)", _one_member),
    ("GET", "/v3/teams/([^/]+)", _team),
    ("GET", "/v3/teams/([^/]+)/conversations", _team_channels),
)
