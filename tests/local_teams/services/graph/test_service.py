"""Graph's refusals, limits and faults."""

from __future__ import annotations

from datetime import timedelta

import pytest

from samples.local_teams.model.contoso import contoso
from samples.local_teams.model.faults import Fault
from samples.local_teams.model.limits import Limits
from samples.local_teams.model.world import World
from samples.runner.recording import ticking
from tests.support.graph import ADA, ask, bind, code, member, of


@pytest.mark.parametrize(
    ("request_line", "expected"),
    [
        ("GET /v2.0/users", (400, "BadRequest")),
        ("GET /v1.0/bots", (400, "BadRequest")),
        ("GET /v1.0/me/chats", (400, "BadRequest")),
        ("PATCH /v1.0/users", (405, "Request_BadRequest")),
        ("GET /v1.0/users/nobody@contoso.example", (404, "Request_ResourceNotFound")),
        ("GET /v1.0/users/29:1nobody", (404, "Request_ResourceNotFound")),
        ("GET /v1.0/groups/nothing/members", (404, "Request_ResourceNotFound")),
        ("GET /v1.0/users/nobody/teamwork/installedApps", (404, "NotFound")),
        ("GET /v1.0/chats/19:nothing@thread.v2", (404, "NotFound")),
        ("GET /v1.0/chats/19:nothing@thread.v2/installedApps", (404, "NotFound")),
        ("GET /v1.0/teams/nothing/installedApps", (404, "NotFound")),
        ("GET /v1.0/appCatalogs/teamsApps/nothing", (404, "NotFound")),
        (f"GET /v1.0/users/{ADA}/teamwork/installedApps/bm90aGluZw==", (404, "NotFound")),
    ],
)
def test_what_is_not_there_is_refused(
    world: World, request_line: str, expected: tuple[int, str]
) -> None:
    method, _, path = request_line.partition(" ")
    assert code(ask(world, method, path)) == expected


def test_one_thing_is_told_by_its_id(world: World) -> None:
    app = world.catalog[0]
    payload = ask(world, "GET", f"/v1.0/appCatalogs/teamsApps/{app.id}").json
    assert payload["externalId"] == app.manifest_id
    everyone = ask(world, "GET", f"/v1.0/groups/{world.groups[0].id}").json
    assert everyone["displayName"] == "Everyone"
    caller = {"client-request-id": "mine"}
    lost = ask(world, "GET", "/v1.0/groups/no", headers=caller)
    assert lost.json["error"]["innerError"]["client-request-id"] == "mine"
    assert lost.headers["client-request-id"] == "mine"


def test_the_31st_install_in_a_second_is_throttled(world: World) -> None:
    now = world.clock()
    world.limits = Limits(lambda: now)
    installed = f"/v1.0/users/{world.people[0].email}/teamwork/installedApps"
    statuses = [ask(world, "POST", installed, bind(world)).status for _ in range(31)]
    assert statuses == [409] * 30 + [429]
    throttled = ask(world, "POST", installed, bind(world))
    assert throttled.headers["Retry-After"] == "1"
    assert ask(world, "GET", installed).status == 200  # reading is counted apart
    assert {ask(world, "GET", "/v1.0/users").status for _ in range(60)} == {200}  # not of Teams
    now += timedelta(seconds=1)
    assert ask(world, "POST", installed, bind(world)).status == 409


def test_faults_strike_graph_too(world: World) -> None:
    barbara = of(world, "Barbara Liskov")
    installed = f"/v1.0/users/{barbara.email}/teamwork/installedApps"
    world.faults = [
        Fault(status=429, retry_after=2.128),
        Fault(status=503),
        Fault(drop=True, delay=0.5),
        Fault(status=504, after=True),
    ]
    throttled = ask(world, "POST", installed, bind(world))
    assert code(throttled) == (429, "TooManyRequests")
    assert throttled.headers["Retry-After"] == "2.128"
    assert ask(world, "POST", installed, bind(world)).status == 503
    lost = ask(world, "POST", installed, bind(world))
    assert lost.dropped and lost.delay == 0.5 and not barbara.installed
    assert ask(world, "POST", installed, bind(world)).status == 504
    assert barbara.installed


def test_two_runs_on_two_equal_worlds_give_the_same_bytes() -> None:
    def run() -> list[bytes]:
        world = contoso(clock=ticking())
        body = {"chatType": "group", "members": [member(p) for p in world.people[:3]]}
        made = ask(world, "POST", "/v1.0/chats", body)
        return [made.body, ask(world, "GET", "/v1.0/nothing").body]

    assert run() == run()
