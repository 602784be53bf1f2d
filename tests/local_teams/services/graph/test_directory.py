"""People and groups."""

from __future__ import annotations

from samples.local_teams.model.world import World
from tests.support.graph import ask, code


def test_everybody_in_a_group_is_told_once_however_deep_they_are(world: World) -> None:
    ada, grace, alan = world.people[:3]
    inner = world.add_group("Inner", grace, alan)
    outer = world.add_group("Outer", ada, grace, groups=(inner,))
    inner.groups.append(outer)  # they may even contain each other
    users = "microsoft.graph.user?$select=displayName"
    direct = ask(world, "GET", f"/v1.0/groups/{outer.id}/members/{users}").json["value"]
    assert [one["displayName"] for one in direct] == ["Ada Lovelace", "Grace Hopper"]
    deep = ask(world, "GET", f"/v1.0/groups/{outer.id}/transitiveMembers/{users}").json["value"]
    assert len(deep) == 3
    kinds = ask(world, "GET", f"/v1.0/groups/{outer.id}/members").json["value"]
    assert [one["@odata.type"] for one in kinds][-1] == "#microsoft.graph.group"


def test_without_a_permission_to_read_people_a_group_tells_ids_only(world: World) -> None:
    members = f"/v1.0/groups/{world.teams[0].aad_group_id}/members"
    assert ask(world, "GET", members).json["value"][0]["displayName"] == "Ada Lovelace"
    world.granted -= {"User.ReadBasic.All"}
    [ada, *_] = ask(world, "GET", members).json["value"]
    assert ada["id"] == world.people[0].aad_object_id and ada["displayName"] is None
    denied = ask(world, "GET", f"/v1.0/users/{world.people[0].aad_object_id}")
    assert code(denied) == (403, "Authorization_RequestDenied")
