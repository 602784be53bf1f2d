"""Read what another program posts to the bot: who calls, then JSON with known fields only."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from samples.shared.bodies import BodyRefused, read_object
from samples.shared.callers import Callers, CallRefused


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
