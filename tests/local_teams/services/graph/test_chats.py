"""Chats as Graph returns them."""

from __future__ import annotations

from urllib.parse import quote

from samples.local_teams.model.exchange import Request
from samples.local_teams.model.world import World
from samples.local_teams.services.dispatch import answer
from tests.support.graph import ask


def test_graphs_id_of_a_personal_chat_is_a_conversation_id(world: World) -> None:
    ada = world.people[0]
    installed = f"/v1.0/users/{ada.email}/teamwork/installedApps"
    [installation] = ask(world, "GET", installed).json["value"]
    chat_id = ask(world, "GET", f"{installed}/{installation['id']}/chat").json["id"]
    assert chat_id != world.personal_chat(ada).id
    path = f"/v3/conversations/{quote(chat_id)}/activities"
    said = b'{"type": "message", "text": "hi"}'
    assert answer(world, Request("POST", path, body=said)).status == 201
    assert [m["text"] for m in world.personal_chat(ada).messages] == ["hi"]
    chats = ask(
        world,
        "GET",
        f"/v1.0/users/{ada.aad_object_id}/chats?$filter=installedApps/any(a:a/teamsApp/id eq "
        f"'{world.catalog[0].id}')",
    ).json["value"]
    assert [chat["id"] for chat in chats] == [chat_id, world.group_chats[0].conversation.id]
    last = ask(world, "GET", f"/v1.0/chats/{chat_id}").json["lastUpdatedDateTime"]
    assert last == world.personal_chat(ada).messages[0]["timestamp"].replace("+00:00", "Z")
