"""Sends requests to the Connector of Local Teams, without a server."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from samples.local_teams.model.exchange import Request, Response
from samples.local_teams.model.world import World
from samples.local_teams.services.dispatch import answer

BAD_CREATE = {"code": "BadSyntax", "message": "Incorrect conversation creation parameters"}


def ask(world: World, method: str, path: str, body: Any = None) -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode() if body else b""
    return answer(world, Request(method, path, body=raw))


def create(world: World, **body: Any) -> Response:
    return ask(world, "POST", "/v3/conversations", body)


def personal(world: World, user_id: str, **more: Any) -> dict[str, Any]:
    tenant = {"channelData": {"tenant": {"id": world.tenant_id}}, "tenantID": world.tenant_id}
    return {"isGroup": False, "members": [{"id": user_id}], **tenant, **more}


def thread(channel_id: str, **more: Any) -> dict[str, Any]:
    return {"isGroup": True, "channelData": {"channel": {"id": channel_id}}, **more}


def said(text: str) -> dict[str, Any]:
    return {"type": "message", "text": text}


def send(world: World, conversation_id: str, text: str = "Hello", *, at: str = "") -> Response:
    path = f"{at}/v3/conversations/{quote(conversation_id, safe='')}/activities"
    return ask(world, "POST", path, said(text))


def error(response: Response) -> tuple[int, str, str]:
    payload = response.json["error"]
    return response.status, payload["code"], payload["message"]
