"""Requests to send that failed, for the conversations where nothing arrived."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from ..model.exchange import error_code
from ..model.teams import Conversation
from ..model.world import World
from ..services.address import parse_address
from .wire import Exchange


def undelivered(world: World, exchange: Exchange, *, arrived: bool) -> dict[str, Any] | None:
    """What a conversation shows of a request to send that failed; None for any other exchange.

    Args:
        arrived: whether the message arrived all the same, although the bot heard of an error.

    Returns:
        `number` of the exchange; `row`, the person of a personal chat or else the conversation;
        `after`, the id of the last message there; `status`, 0 without an answer; `code`; `text`.
    """
    request, status = exchange.request, exchange.response.status
    if exchange.response.dropped:
        status = 0
    if request.method != "POST" or 0 < status < 400:
        return None
    try:
        body = request.json
    except ValueError:
        body = None
    found = _place(world, request.path, body if isinstance(body, dict) else {})
    if found is None:
        return None
    row, conversation, activity = found
    messages = conversation.messages if conversation else []
    return {
        "number": exchange.number,
        "row": row,
        "after": messages[-1]["id"] if messages else "",
        "status": status,
        "code": error_code(exchange.response.json) if status else "",
        "text": str(activity.get("text") or activity.get("summary") or "a card")[:500],
        "arrived": arrived,
    }


def _place(
    world: World, path: str, body: dict[str, Any]
) -> tuple[str, Conversation | None, dict[str, Any]] | None:
    """The row, its conversation if there is one, and the message; None where nothing is sent."""
    parts = parse_address(path).route.split("/")
    if parts[0] != "conversations" or len(parts) == 2 or parts[2:3] not in ([], ["activities"]):
        return None
    if len(parts) > 2:
        if body.get("type") == "typing":
            return None
        conversation = world.conversation(unquote(parts[1]))
        return (*_row(world, conversation), body) if conversation else None
    activity = body.get("activity") if isinstance(body.get("activity"), dict) else None
    data, members = body.get("channelData"), body.get("members")
    channel = data.get("channel") if isinstance(data, dict) else None
    if isinstance(channel, dict) and (there := world.conversation(str(channel.get("id")))):
        return (*_row(world, there), activity or {})
    first = members[0] if isinstance(members, list) and members else None
    person = world.person(str(first.get("id"))) if isinstance(first, dict) else None
    if person is None:
        return None
    return person.id, world.personal_chats.get(person.id), activity or {"text": "a new chat"}


def _row(world: World, conversation: Conversation) -> tuple[str, Conversation]:
    return world.default_of(conversation) or conversation.id, conversation
