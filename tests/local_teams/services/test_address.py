"""How the path of a request is parsed."""

from __future__ import annotations

import pytest

from samples.local_teams.model.world import World
from samples.local_teams.services.address import Address, parse_address
from tests.support.connector import error, send


@pytest.mark.parametrize(
    ("path", "address", "is_graph"),
    [
        ("/v3/conversations", {"version": "v3", "route": "conversations"}, False),
        ("/v3/teams/19%3Ax/", {"version": "v3", "route": "teams/19%3Ax"}, False),
        ("/amer/v3/teams/x", {"region": "amer", "version": "v3", "route": "teams/x"}, False),
        ("/v1.0/users/a@b", {"version": "v1.0", "route": "users/a@b"}, True),
        ("/beta/v3/x", {"version": "beta", "route": "v3/x"}, True),
        ("/beta", {"version": "beta"}, True),
        ("/v2.0/users", {"version": "v2.0", "route": "users"}, True),
        (
            "/amer/1077a9ef/V3/Teams/x/",
            {"region": "amer", "tenant": "1077a9ef", "version": "v3", "route": "Teams/x"},
            False,
        ),
        ("/v1/meetings/x", {"version": "v1", "route": "meetings/x"}, False),
        ("/V1.0/Users", {"version": "v1.0", "route": "Users"}, True),
        ("/v3/v3/x", {"version": "v3", "route": "v3/x"}, False),
        ("/x/y/z/v3/z", {}, False),
        ("/v3", {}, False),
        ("", {}, False),
    ],
)
def test_region_version_and_route(path: str, address: dict[str, str], is_graph: bool) -> None:
    parsed = parse_address(f"{path}?$top=5&x=%3F")
    assert parsed == Address(path, "$top=5&x=%3F", **address)
    assert parsed.is_graph == is_graph


def test_a_service_url_may_have_a_region_and_a_tenant(world: World) -> None:
    """As recorded service URLs have, December 2025 to February 2026."""
    chat = world.personal_chat(world.people[0])
    for at in ("/amer", f"/amer/{world.tenant_id}", f"/teams/{world.tenant_id.upper()}"):
        assert send(world, chat.id, at=at).status == 201
    other = error(send(world, chat.id, at="/amer/11111111-2222-3333-4444-555555555555"))
    assert other[:2] == (404, "NotFound") and world.tenant_id in other[2]
