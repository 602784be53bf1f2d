"""Several requests in one."""

from __future__ import annotations

from typing import Any

import pytest

from samples.local_teams.model.exchange import Request
from samples.local_teams.model.faults import Fault
from samples.local_teams.model.limits import Limits
from samples.local_teams.model.world import World
from samples.local_teams.services.dispatch import answer
from tests.support.graph import ask, bind, code, heard, of


def test_what_is_in_a_batch_is_throttled_one_by_one(world: World) -> None:
    now = world.clock()
    world.limits = Limits(lambda: now)
    requests = [{"id": str(n), "method": "GET", "url": "/appCatalogs/teamsApps"} for n in range(20)]
    for expected in (0, 10):
        answered = ask(world, "POST", "/v1.0/$batch", {"requests": requests})
        throttled = [one for one in answered.json["responses"] if one["status"] == 429]
        assert (answered.status, len(throttled)) == (200, expected)
    assert throttled[0]["headers"]["Retry-After"] == "1"


def test_what_depends_on_a_failure_fails(world: World) -> None:
    ok = {"method": "GET", "url": "/users/ada.lovelace@contoso.example"}
    lost = {"method": "GET", "url": "/users/nobody@contoso.example"}
    requests = [
        {"id": "A", **ok},
        {"id": "b", "dependsOn": ["a"], **lost},
        {"id": "c", "dependsOn": ["b"], **ok},
        {"id": "d", "dependsOn": ["later"], **ok},
    ]
    answered = ask(world, "POST", "/v1.0/$batch", {"requests": requests}).json["responses"]
    assert {one["id"]: one["status"] for one in answered} == {
        "A": 200,
        "b": 404,
        "c": 424,
        "d": 424,
    }
    assert [one["id"] for one in answered] != ["A", "b", "c", "d"]  # no order is promised


def test_a_body_in_a_batch_needs_a_content_type(world: World) -> None:
    url = f"/users/{of(world, 'Barbara Liskov').email}/teamwork/installedApps"
    install = {"id": "1", "method": "POST", "url": url, "body": bind(world)}
    [refused] = ask(world, "POST", "/v1.0/$batch", {"requests": [install]}).json["responses"]
    assert refused["status"] == 400 and "Content-Type" in refused["body"]["error"]["message"]
    install["headers"] = {"Content-Type": "application/json"}
    [done] = ask(world, "POST", "/v1.0/$batch", {"requests": [install]}).json["responses"]
    assert (done["status"], done["body"]) == (201, None)
    assert heard(world) == [("conversationUpdate", "personal"), ("installationUpdate", "personal")]


@pytest.mark.parametrize(
    "requests",
    [None, ["no object"], [{"method": "GET", "url": "/users"}], [{"id": "a"}, {"id": "A"}]],
)
def test_a_malformed_batch_is_refused_as_a_whole(world: World, requests: Any) -> None:
    refused = ask(world, "POST", "/v1.0/$batch", {"requests": requests})
    assert code(refused) == (400, "BadRequest")


def test_a_lost_connection_inside_a_batch_is_a_gateway_that_gave_up(world: World) -> None:
    world.faults = [Fault(drop=True, path="/users"), Fault(status=412, path="/users")]
    one = [{"id": "1", "method": "GET", "url": "/users"}]
    statuses = [
        ask(world, "POST", "/v1.0/$batch", {"requests": one}).json["responses"][0]["status"]
        for _ in range(3)
    ]
    assert statuses == [504, 412, 200]


@pytest.mark.parametrize("body", [b"", b"[]", b"{"])
def test_a_body_that_is_no_object_is_refused(world: World, body: bytes) -> None:
    refused = answer(world, Request("POST", "/v1.0/$batch", {}, body))
    assert code(refused) == (400, "BadRequest")
    assert "valid JSON" in refused.json["error"]["message"]
