"""JSON batching: several requests to Microsoft Graph in one (facts.toml, graph_batch)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from ....facts import facts
from ...model.exchange import Request, Response
from ..service import Answer
from .parts import refuse
from .shapes import Item

_KINDS = {"id": str | int, "method": str, "url": str, "headers": dict, "dependsOn": list}
Ask = Callable[[Request], Response]


def run_batch(body: dict[str, Any], version: str, headers: Mapping[str, str], ask: Ask) -> Answer:
    """Answer up to 20 requests; each has its own status, and their order is not guaranteed.

    Args:
        headers: of the batch; its requests inherit them.
        ask: answers one request.
    """
    asked = body.get("requests")
    if not isinstance(asked, list) or not all(isinstance(one, dict) for one in asked):
        raise refuse(400, "BadRequest", "Invalid batch payload format.")
    if len(asked) > facts()["graph_batch"]["most"]:
        raise refuse(
            400,
            "MaximumValueExceeded",
            "Number of batch request steps exceeds the maximum value of 20.",
        )
    ids = [str(one.get("id", "")).lower() for one in asked]
    if not all(ids) or len(set(ids)) < len(ids) or not all(map(_is_well_formed, asked)):
        raise refuse(400, "BadRequest", "Invalid batch payload format.")
    done: dict[str, Item] = {}
    for one in asked:
        before = [done.get(str(needed).lower()) for needed in one.get("dependsOn") or []]
        if all(answer and answer["status"] < 400 for answer in before):
            answer = _answer_one(one, version, headers, ask)
        else:
            answer = _failed(424, "FailedDependency", "A request it depends on failed.")
        done[str(one["id"]).lower()] = {
            "id": one["id"],
            "status": answer.status or 504,  # a connection in a batch cannot be lost
            "headers": dict(answer.headers),
            "body": answer.json,
        }
    return 200, {"responses": list(done.values())[::-1]}


def _is_well_formed(one: dict[str, Any]) -> bool:
    """Whether a request has what it may have, with the types that it may have."""
    return all(isinstance(one.get(name), kind | None) for name, kind in _KINDS.items())


def _answer_one(
    one: dict[str, Any], version: str, headers: Mapping[str, str], ask: Ask
) -> Response:
    own = {str(name).lower(): str(value) for name, value in (one.get("headers") or {}).items()}
    url = one.get("url") or ""
    if absolute := re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", url):
        segment = absolute[0]
        return _failed(400, "BadRequest", f"Resource not found for the segment '{segment}'.")
    if one.get("body") is not None and "content-type" not in own:
        return _failed(400, "BadRequest", "A request with a body needs a Content-Type header.")
    body = b"" if one.get("body") is None else json.dumps(one["body"]).encode()
    path = f"/{version}/{url.lstrip('/')}"
    return ask(Request(one.get("method") or "", path, {**headers, **own}, body))


def _failed(status: int, code: str, text: str) -> Response:
    body = {"error": {"code": code, "message": text}}
    return Response(status, {"Content-Type": "application/json"}, json.dumps(body).encode())
