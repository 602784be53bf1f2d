"""Check the bearer token of a program that calls the bot."""

from __future__ import annotations

import hmac

from aiohttp import web


def has_bearer(request: web.Request, token: str) -> bool:
    """Whether a request carries `Authorization: Bearer <token>` with this token."""
    given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
    # `==` stops at the first difference, and its time reveals how much of a guess was right.
    return hmac.compare_digest(given, f"Bearer {token}".encode())
