"""Read what another program posts to the bot: who calls, then JSON with known fields only."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from aiohttp import web

from samples.shared.bodies import BodyRefused, read_object
from samples.shared.callers import Callers, CallRefused
from samples.shared.conversations import Conversation, Conversations


async def read_call(request: web.Request, callers: Callers, *fields: str) -> dict[str, str]:
    """Check who calls, and read the call's JSON.

    Args:
        request: from the program.
        callers: who may call.
        fields: the names of the fields. Each is required, and any other is refused.

    Returns:
        The fields. A number is returned as its text: 39.90 has no exact float.

    Raises:
        CallRefused: the token or the body is wrong; the message says how.
    """
    await callers.check(request)
    try:
        payload: dict[str, Any] = await read_object(request, numbers=str)
    except BodyRefused as refused:
        raise CallRefused(refused.status, str(refused)) from None
    # Callers do not choose where to post: the bot's token goes to the service URL.
    if unknown := payload.keys() - {*fields}:
        known = " and ".join(fields)
        names = ", ".join(sorted(unknown))[:200]
        raise CallRefused(400, f"Only {known} are known, not {names}.")
    for field in fields:
        value = payload.get(field)
        if not (isinstance(value, str) and value.strip()):
            raise CallRefused(400, f"{field} must be a string that is not empty.")
    return payload


async def person_to_notify(
    conversations: Conversations, tenant_id: str, object_id: str
) -> Conversation:
    """The chat of the person whom a call names by their Entra object ID.

    Raises:
        CallRefused: this is no such ID, the bot does not remember the person, or they want no
            notifications.
    """
    try:
        object_id = str(UUID(object_id))
    except ValueError:
        raise CallRefused(400, "to must be an Entra object ID, a GUID.") from None
    person = await asyncio.to_thread(conversations.person, tenant_id, object_id)
    if person is None:
        raise CallRefused(404, f"The bot does not remember {object_id}.")
    if not person.can_notify:
        why = "blocked the bot" if person.blocked else "asked for no more notifications"
        raise CallRefused(403, f"{object_id} {why}.")
    return person
