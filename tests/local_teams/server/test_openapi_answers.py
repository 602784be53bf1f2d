"""Thousands of requests made from the Connector's description: each answer is as it says.

Only `make prove` reads this file, since making up the first cases takes seconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.openapi import from_path
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from samples.local_teams.model.contoso import contoso
from samples.local_teams.model.exchange import Request
from samples.local_teams.model.world import World
from samples.local_teams.server.page_files import OPENAPI
from samples.local_teams.services.dispatch import answer
from tests.support.fuzzing import MANY, record

schema = from_path(OPENAPI)


def cases(number: int, **more: Any) -> settings:
    """So many requests in all; every operation gets as many as another."""
    each = number // len(list(schema.get_all_operations())) + 1
    return settings(
        max_examples=each, deadline=None, suppress_health_check=list(HealthCheck), **more
    )


def furnished() -> World:
    """Contoso, where something was said everywhere."""
    world = contoso()
    for conversation in world.conversations():
        world.post(conversation, {"type": "message", "text": "Hello"})
    return world


def true_ids(world: World, name: str) -> list[str]:
    """Ids that a parameter can be; made-up ones would never get further than a 404."""
    conversations = world.conversations()
    return {
        "conversationId": [
            *(c.id for c in conversations),
            *(m["conversation"]["id"] for c in conversations for m in c.messages),
        ],
        "activityId": [m["id"] for c in conversations for m in c.messages],
        "memberId": [p.id for p in world.people] + [p.email for p in world.people],
        "teamId": [team.id for team in world.teams],
    }[name]


tried: Counter[str] = Counter()


@pytest.fixture(autouse=True)
def recorded(record_property: Callable[[str, object], None]) -> Iterator[None]:
    """Records how many cases an operation got."""
    tried.clear()
    yield
    record(
        record_property,
        "Requests by the Connector's OpenAPI description",
        "The status, the content type and the JSON of the answer are those of the description.",
        tried.total(),
    )


@pytest.mark.prove
@schema.parametrize()
@cases(MANY, derandomize=False)  # others each night
def test_every_answer_is_as_described(case: schemathesis.Case[Any]) -> None:
    tried["cases"] += 1
    world = furnished()
    # Three of four ids are ones that there are; the choice follows from the case, so it repeats.
    for name, made_up in (case.path_parameters or {}).items():
        chance = sum(str(made_up).encode())
        if chance % 4:
            ids = true_ids(world, name)
            case.path_parameters[name] = ids[chance % len(ids)]
    request = case.as_transport_kwargs(base_url="http://127.0.0.1")
    prepared = requests.Request(
        **{key: request.get(key) for key in ("method", "url", "headers", "json", "data", "params")}
    ).prepare()
    body: Any = prepared.body or b""
    answered = answer(
        world,
        Request(
            prepared.method or "",
            prepared.path_url,
            dict(prepared.headers),
            body.encode() if isinstance(body, str) else body,
        ),
    )
    response = schemathesis.Response(
        answered.status,
        {name: [value] for name, value in answered.headers.items()},
        answered.body,
        prepared,
        elapsed=0,
        verify=False,
    )
    case.validate_response(
        response,
        checks=[not_a_server_error, status_code_conformance, content_type_conformance]
        + ([response_schema_conformance] if answered.body else []),
    )
