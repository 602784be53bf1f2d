"""What the SDK raises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botbuilder.schema import ErrorResponseException
from requests import Response


def raised(
    status: int, body: bytes, reason: str = "", headers: Mapping[str, str] | None = None
) -> ErrorResponseException:
    """What the SDK raises for an answer."""
    response: Any = Response()
    response.status_code, response._content, response.reason = status, body, reason
    response.headers.update(headers or {})

    def deserialize(*_: Any) -> None:
        return None

    return ErrorResponseException(deserialize, response)
