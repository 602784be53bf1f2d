"""The Connector REST API of Local Teams: one function from a request and a world to an answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote

from ...facts import facts
from ..model.exchange import Refused, Request, Response
from ..model.faults import next_fault
from ..model.world import Activity, Conversation, Person, Team, World

# Live Teams has a host for GCC tenants alone; here the path /gcc stands for it.
_PATH = re.compile(r"(?:/([A-Za-z0-9_-]+))?/v3/(.*?)/?")
_GCC = "gcc"


def answer(world: World, request: Request) -> Response:
    """Do what the request asks of Teams, and answer as Teams answers.

    Shapes and texts are those recorded from live Teams (facts.toml, create-recorded) and of the
    status-code table (facts.toml, errors). Two runs on two equal worlds give the same bytes.
    Before `/v3` may stand a region, as in live service URLs: `/amer/v3/…`.
    """
    fault = next_fault(world.weather, request) if world.weather else None
    headers: dict[str, str] = {}
    try:
        if fault and fault.status and not fault.after:
            raise fault.refusal()
        if fault and fault.drop and not fault.after:
            status, body = 0, None
        else:
            status, body = _route(world, request)
        if fault and fault.status and fault.after:
            raise fault.refusal()
    except Refused as refused:
        status, body, headers = refused.status, refused.body, refused.headers
    return Response(
        status,
        {
            "Content-Type": "application/json; charset=utf-8",
            "Server": "Microsoft-HTTPAPI/2.0",
            "MS-CV": world.correlation(),
            **headers,
        },
        b"" if body is None else json.dumps(body, ensure_ascii=False).encode(),
        delay=fault.delay if fault else 0.0,
        dropped=fault is not None and fault.drop,
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
    path, _, query = request.path.partition("?")
    found = _PATH.fullmatch(path)
    region, rest = found.groups() if found else ("", "")
    parts = rest.split("/")
    methods = _ROUTES.get("/".join("*" if n % 2 else part for n, part in enumerate(parts)))
    if methods is None:
        raise Refused(404, "NotFound", f"No such route: {request.method} {path}")
    if request.method not in methods:
        raise Refused(
            405, "MethodNotAllowed", f"The requested resource does not support {request.method}."
        )
    handler, operation = methods[request.method]
    ids = [unquote(part) for part in parts[1::2]]
    given = _body(request) if request.method in ("POST", "PUT") else dict(parse_qsl(query))
    if world.limits:
        place = ids[0] if ids else _meant(given)
        if seconds := world.limits.wait(operation, place, bot=world.bot_id):
            throttled = Refused(429, "Throttled")
            throttled.headers["Retry-After"] = str(seconds)
            raise throttled
    if world.disabled_by_admin:
        raise Refused(403, "BotDisabledByAdmin")
    if world.cloud == "GCC" and region != _GCC:
        raise Refused(403, "InvalidBotApiHost")
    return handler(world, given, *ids)


def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(request.body, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "BadSyntax", f"The body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise Refused(400, "BadSyntax", "The body is not a JSON object")
    return body


def _no_number(name: str) -> None:
    """Python would read NaN and Infinity, which JSON does not have."""
    raise ValueError(f"{name} is no number")


def _meant(body: dict[str, Any]) -> str:
    """Whom or which channel a create is for: each has limits of its own."""
    members = _field(body, "members")
    first = _field(members[0], "id") if isinstance(members, list) and members else None
    return str(_field(body, "channelData", "channel", "id") or first)


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
        message = _message(activity)
        _writable(world, chat)
        world.post(chat, message)
    return 201, {"id": chat.id}


def _create_thread(world: World, body: dict[str, Any], channel_id: str) -> tuple[int, Any]:
    activity = _field(body, "activity")
    if not isinstance(activity, dict):
        raise Refused(400, "BadSyntax", "Incorrect conversation creation parameters")
    channel = world.conversation(channel_id)
    if channel is None or channel.kind != "channel":
        raise Refused(404, "ConversationNotFound")
    message = _message(activity)
    _writable(world, channel)
    stored = world.post(channel, message)
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
    if _field(body, "type") == "typing":  # shown for a moment, and not kept
        _writable(world, conversation)
        return 202, None
    message = _message(body)
    _writable(world, conversation)
    if not (message.get("text") and message.get("attachments")):
        return 201, {"id": world.post(conversation, message, thread=thread)["id"]}
    # Teams makes two messages of it and names neither (facts.toml, status-codes).
    for other in ("attachments", "text"):
        part = {key: value for key, value in message.items() if key != other}
        world.post(conversation, part, thread=thread)
    return 201, None


def _writable(world: World, conversation: Conversation) -> None:
    """Refuse to write where the bot may not."""
    if not world.bot_is_in(conversation):
        raise Refused(403, "BotNotInConversationRoster")
    if conversation.moderated:
        raise Refused(403, "ConversationBlockedByUser")
    if conversation.kind == "personal" and conversation.members[0].blocked:
        raise _Blocked


def _message(activity: Any) -> Activity:
    """An activity as Teams stores it: its fields in their usual case, those unknown kept.

    Raises:
        Refused: a field has the wrong type, or the whole is over the limit (facts.toml).
    """
    if not isinstance(activity, dict):
        raise Refused(400, "BadSyntax", "The activity is not a JSON object")
    message = _usual_case(activity)
    for name, kind in _KINDS.items():
        if not isinstance(message.get(name), kind | None):
            raise Refused(400, "BadSyntax", f"{name} of the activity is not a {_NAMES[kind]}")
    if message.get("type") != "message":
        raise Refused(400, "BadSyntax", f"Unknown activity type {message.get('type')!r}")
    if message.get("text") is None and not message.get("attachments"):
        raise Refused(400, "BadSyntax", "The message has neither text nor attachments")
    for name in ("attachments", "entities"):
        if not all(isinstance(item, dict) for item in message.get(name) or []):
            raise Refused(400, "BadSyntax", f"{name} of the activity has more than objects in it")
        if message.get(name):
            message[name] = [_usual_case(item) for item in message[name]]
    if _size(message) > facts()["message_size"]["kilobytes"] * 1024:
        raise Refused(413, "MessageSizeTooBig")
    return message


_KINDS = {"type": str, "text": str, "summary": str, "importance": str} | {
    "attachments": list,
    "entities": list,
    "channelData": dict,
}
_NAMES = {str: "text", list: "list", dict: "JSON object"}
_USUAL = {
    name.lower(): name
    for name in (
        *("type", "text", "textFormat", "summary", "importance", "attachments", "entities"),
        *("channelData", "attachmentLayout", "suggestedActions", "replyToId", "inputHint"),
        *("contentType", "contentUrl", "content", "name", "thumbnailUrl", "mentioned"),
    )
}


def _usual_case(told: dict[str, Any]) -> dict[str, Any]:
    return {_USUAL.get(key.lower(), key): value for key, value in told.items()}


def _size(message: Activity) -> int:
    """Bytes of UTF-16, without the pictures that stand in it as base64 (facts.toml)."""
    told = json.dumps(message, ensure_ascii=False)
    if "base64," in told:
        told = re.sub(r'"data:image/[^"]*;base64,[^"]*"', '""', told)
    return len(told.encode("utf-16-le", "surrogatepass"))


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
    message = conversation.message(activity_id)
    if message is None or message.get("deleted"):
        raise Refused(404, "ActivityNotFoundInConversation")
    if message["from"]["id"] != world.bot_id:
        raise Refused(403, "NotEnoughPermissions", "The bot did not send this message")
    return message


def _update(
    world: World, body: dict[str, Any], conversation_id: str, activity_id: str
) -> tuple[int, Any]:
    message = _own_message(world, conversation_id, activity_id)
    _writable(world, _conversation(world, conversation_id))
    world.update(message, _message(body))
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


def _activity_members(
    world: World, _: Any, conversation_id: str, activity_id: str
) -> tuple[int, Any]:
    """Who can see a message: everybody in the conversation."""
    conversation = _conversation(world, conversation_id)
    if conversation.message(activity_id) is None:
        raise Refused(404, "ActivityNotFoundInConversation")
    return 200, [_member(world, p) for p in conversation.members]


def _one_member(world: World, _: Any, conversation_id: str, key: str) -> tuple[int, Any]:
    """By `29:` id, Entra object id or user principal name."""
    conversation = _conversation(world, conversation_id)
    person = world.person(key) or world.person_called(key)
    if person is None or person not in conversation.members:
        raise Refused(404, "MemberNotFoundInConversation", "The member is not in the conversation")
    return 200, _member(world, person)


def _paged_members(world: World, query: dict[str, str], conversation_id: str) -> tuple[int, Any]:
    """A page of a channel's members, or all of a chat's (facts.toml, roster)."""
    conversation = _conversation(world, conversation_id)
    members, roster = conversation.members, facts()["roster"]
    asked = {key.lower(): value for key, value in query.items()}
    try:
        size = int(asked.get("pagesize") or roster["page_size"])
        start = int(asked.get("continuationtoken") or 0)
    except ValueError as error:
        raise Refused(400, "Bad Argument", "pageSize or continuationToken is wrong") from error
    if not 0 <= start <= len(members):
        raise Refused(400, "Bad Argument", "continuationToken is not from this roster")
    size = min(max(size, roster["smallest_page"]), roster["largest_page"])
    if conversation.kind != "channel":
        size = len(members)
    page: dict[str, Any] = {"members": [_member(world, p) for p in members[start : start + size]]}
    if start + size < len(members):
        page["continuationToken"] = str(start + size)
    return 200, page


def _team_of(world: World, team_id: str) -> Team:
    """The team with this id, which is the id of its General channel.

    Raises:
        Refused: there is none, or the app is not installed in it.
    """
    team = world.team_of(_conversation(world, team_id))
    if team is None or team.id != team_id:
        raise Refused(404, "ConversationNotFound")
    return team


def _team_channels(world: World, _: Any, team_id: str) -> tuple[int, Any]:
    """The channels of a team; General comes without a name."""
    general, *others = _team_of(world, team_id).channels
    return 200, {
        "conversations": [{"id": general.id}, *({"id": c.id, "name": c.name} for c in others)]
    }


def _team(world: World, _: Any, team_id: str) -> tuple[int, Any]:
    team = _team_of(world, team_id)
    return 200, {
        "id": team.id,
        "name": team.name,
        "channelCount": len(team.channels),
        "memberCount": len(team.channels[0].members),
    }


_Handler = Callable[..., tuple[int, Any]]
_SEND, _ROSTER = "Send to conversation", "Get conversation members"
# What is asked by which method, with the limit that it counts for (facts.toml, limits).
_ROUTES: dict[str, dict[str, tuple[_Handler, str]]] = {
    "conversations": {"POST": (_create, "Create conversation")},
    "conversations/*/activities": {"POST": (_send, _SEND)},
    "conversations/*/activities/*": {
        "POST": (_send, _SEND),
        "PUT": (_update, ""),
        "DELETE": (_delete, ""),
    },
    "conversations/*/activities/*/members": {"GET": (_activity_members, _ROSTER)},
    "conversations/*/members": {"GET": (_members, _ROSTER)},
    "conversations/*/members/*": {"GET": (_one_member, _ROSTER)},
    "conversations/*/pagedmembers": {"GET": (_paged_members, _ROSTER)},
    "teams/*": {"GET": (_team, "")},
    "teams/*/conversations": {"GET": (_team_channels, "Get conversations")},
}
