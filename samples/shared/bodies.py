"""Read the JSON that somebody posts, and refuse with the right status what cannot be read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from math import isfinite
from typing import Any

from aiohttp import ClientError, web
from aiohttp.http_exceptions import HttpProcessingError

DEEPEST = 100  # objects and lists inside each other
# What databases cannot store: NUL, and half of a character.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class BodyRefused(Exception):
    """A body is not what it should be.

    Attributes:
        status: the HTTP status of the answer: 400, 413 or 415.
    """

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


async def read_object(
    request: web.Request, *, numbers: Callable[[str], Any] | None = None
) -> dict[str, Any]:
    """Read a JSON object.

    Args:
        numbers: reads a number; as int or float when None.

    Raises:
        BodyRefused: it is too long (413), not JSON in UTF-8 (415), or wrong (400).
    """
    try:
        kind, charset = request.content_type, request.charset or "utf-8"
    except Exception:  # aiohttp's parser of the header raises several kinds
        kind = charset = ""
    if kind.partition("+")[0] != "application/json":
        raise BodyRefused(415, "Content-Type must be application/json.")
    if charset.lower() not in ("utf-8", "utf8", "us-ascii"):
        raise BodyRefused(415, "The charset must be utf-8.")
    try:
        body = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise BodyRefused(413, "The body is too long.") from None
    except (ClientError, HttpProcessingError, web.RequestPayloadError):
        raise BodyRefused(400, "The body does not have the form that its headers name.") from None
    try:
        payload = json.loads(
            body.decode(), parse_float=numbers, parse_int=numbers, parse_constant=_no_number
        )
    except (ValueError, RecursionError):
        raise BodyRefused(400, "The body must be JSON.") from None
    if not isinstance(payload, dict):
        raise BodyRefused(400, "The body must be a JSON object.")
    _check(payload)
    return payload


def _no_number(constant: str) -> None:
    raise ValueError(f"{constant} is not a number in JSON")


def _check(payload: Any) -> None:
    level = [payload]
    for _ in range(DEEPEST):
        inner: list[Any] = []
        for part in level:
            if isinstance(part, dict):
                inner += [*part, *part.values()]
            elif isinstance(part, list):
                inner += part
            elif isinstance(part, str) and UNSTORABLE.search(part):
                raise BodyRefused(400, "The body contains NUL or half of a character.")
            elif isinstance(part, float) and not isfinite(part):
                raise BodyRefused(400, "The body contains a number that is too large.")
        level = inner
        if not level:
            return
    raise BodyRefused(400, f"The body has over {DEEPEST} objects and lists inside each other.")
