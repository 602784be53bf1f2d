"""The Connector's description is served, and has every route."""

from __future__ import annotations

import json
import urllib.request

from samples.local_teams.model.contoso import contoso
from samples.local_teams.model.exchange import Request
from samples.local_teams.server.page_files import OPENAPI
from samples.local_teams.services.dispatch import answer
from samples.local_teams.testing import LocalTeams


def test_the_description_has_every_route_and_no_other() -> None:
    described = json.loads(OPENAPI.read_text("utf-8"))["paths"]
    assert sum(len(set(ops) & {"get", "post", "put", "delete"}) for ops in described.values()) == 11
    world = contoso()
    for path, operations in described.items():
        for method in ("get", "post", "put", "delete"):
            url = path.format(conversationId="a", activityId="b", memberId="c", teamId="d")
            answered = answer(world, Request(method.upper(), url, body=b"{}"))
            assert (answered.status != 405) == (method in operations), (method, path)
            assert answered.json["error"]["code"] != "NotFound", (method, path)


def test_the_description_is_served(teams: LocalTeams) -> None:
    with urllib.request.urlopen(f"{teams.service_url}_local/openapi.json") as answer:
        assert json.load(answer)["openapi"] == "3.0.3"
