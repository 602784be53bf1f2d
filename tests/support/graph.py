"""Sends requests to the Microsoft Graph of Local Teams, without a server."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from samples.local_teams.model.exchange import Request, Response
from samples.local_teams.model.people import Person
from samples.local_teams.model.world import World
from samples.local_teams.services.dispatch import answer

ADA = "ada.lovelace@contoso.example"


def ask(
    world: World,
    method: str,
    path: str,
    body: Any = None,
    headers: dict[str, str] | None = None,
) -> Response:
    sent = b"" if body is None else json.dumps(body).encode()
    return answer(world, Request(method, quote(path, safe="/?&=$'():,@%+"), headers or {}, sent))


def bind(world: World) -> dict[str, str]:
    """The body that installs the bot's own app."""
    app = world.catalog[0].id
    return {"teamsApp@odata.bind": f"https://graph.microsoft.com/v1.0/appCatalogs/teamsApps/{app}"}


def of(world: World, name: str) -> Person:
    return next(person for person in world.people if person.name == name)


def member(person: Person, role: str = "owner") -> dict[str, Any]:
    user = f"https://graph.microsoft.com/v1.0/users('{person.aad_object_id}')"
    return {"user@odata.bind": user, "roles": [role]}


def code(answered: Response) -> tuple[int, str]:
    return answered.status, answered.json["error"]["code"]


def heard(world: World) -> list[tuple[str, str]]:
    """Takes what waits for the bot: the type of each activity, and of its conversation."""
    activities = [(a["type"], a["conversation"]["conversationType"]) for a in world.pending]
    world.pending.clear()
    return activities
