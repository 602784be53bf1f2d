"""Read what another program posts to the bot, if it has the token."""

from __future__ import annotations

import hmac
import json

from aiohttp import web


class CallRefused(Exception):
    """A program called the bot without the token, or with a body that is wrong.

    Attributes:
        status: the HTTP status of the answer.
    """

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status

    def response(self) -> web.Response:
        """The answer to the program: JSON with `error`."""
        headers = {"WWW-Authenticate": "Bearer"} if self.status == 401 else {}
        return web.json_response({"error": str(self)}, status=self.status, headers=headers)


async def read_call(request: web.Request, token: str, *fields: str) -> dict[str, str]:
    """Check the token of a call, and read its JSON.

    Args:
        request: from the program.
        token: the program must send it, as `Authorization: Bearer <token>`.
        fields: the names of the fields. Each is required, and any other is refused.

    Returns:
        The fields. A number is returned as its text: 39.90 has no exact float.

    Raises:
        CallRefused: the token or the body is wrong; the message says how.
    """
    if not has_bearer(request, token):
        raise CallRefused(401, "The token is missing or wrong.")
    try:
        payload = json.loads(await request.read(), parse_float=str, parse_int=str)
    except ValueError:
        raise CallRefused(400, "The body must be JSON.") from None
    if not isinstance(payload, dict):
        raise CallRefused(400, "The body must be a JSON object.")
    # Callers do not choose where to post: the bot's token goes to the service URL.
    if unknown := payload.keys() - {*fields}:
        known = " and ".join(fields)
        raise CallRefused(400, f"Only {known} are known, not {', '.join(sorted(unknown))}.")
    for field in fields:
        value = payload.get(field)
        if not (isinstance(value, str) and value.strip()):
            raise CallRefused(400, f"{field} must be a string that is not empty.")
    return payload


def has_bearer(request: web.Request, token: str) -> bool:
    """Whether a request carries `Authorization: Bearer <token>` with this token."""
    given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
    # `==` stops at the first difference, and its time reveals how much of a guess was right.
    return hmac.compare_digest(given, f"Bearer {token}".encode())
