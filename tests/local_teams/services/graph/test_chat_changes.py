"""Chats are created, and people are added to them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from samples.local_teams.model.exchange import Request
from samples.local_teams.model.world import World
from samples.local_teams.services.dispatch import answer
from samples.local_teams.services.graph.parts import GRAPH
from tests.support.graph import ADA, ask, bind, code, heard, member, of


def test_a_chat_that_graph_makes_is_one_that_the_bot_can_be_installed_in(world: World) -> None:
    ada, grace, alan = world.people[:3]
    body = {"chatType": "group", "members": [member(p) for p in (ada, grace, alan)]}
    made = ask(world, "POST", "/v1.0/chats", body).json
    again = ask(world, "POST", "/v1.0/chats", body).json
    assert made["topic"] is None and made["id"] != again["id"]  # each call makes another
    chat = world.conversation(made["id"])
    assert chat and chat.name == "Ada Lovelace, Grace Hopper, Alan Turing"
    path = f"/v3/conversations/{quote(made['id'])}/activities"
    said = b'{"type": "message", "text": "hi"}'
    refused = answer(world, Request("POST", path, body=said))
    assert code(refused) == (403, "BotNotInConversationRoster")
    ask(world, "POST", f"/v1.0/chats/{made['id']}/installedApps", bind(world))
    assert answer(world, Request("POST", path, body=said)).status == 201

    edsger = of(world, "Edsger Dijkstra")
    added = ask(world, "POST", f"/v1.0/chats/{made['id']}/members", member(edsger))
    assert added.status == 201 and edsger in chat.members
    there = ask(world, "GET", f"/v1.0{added.headers['Location']}").json
    assert (there["displayName"], there["roles"]) == ("Edsger Dijkstra", ["owner"])
    gone = ask(world, "GET", f"/v1.0/chats/{made['id']}/members/nobody")
    assert code(gone) == (404, "NotFound")
    assert heard(world) == [("conversationUpdate", "groupChat")]
    lunch = world.group_chats[1].conversation  # it has not got the app
    assert ask(world, "POST", f"/v1.0/chats/{lunch.id}/members", member(ada)).status == 201
    assert ada in lunch.members and heard(world) == []
    twice = ask(world, "POST", f"/v1.0/chats/{lunch.id}/members", member(ada))
    assert code(twice) == (400, "BadRequest")


def test_two_people_have_one_chat(world: World) -> None:
    body = {"chatType": "oneOnOne", "members": [member(p) for p in world.people[:2]]}
    first, second = (ask(world, "POST", "/v1.0/chats", body).json for _ in range(2))
    assert first["id"] == second["id"] and first["createdDateTime"] == second["createdDateTime"]
    whole = ask(world, "POST", "/beta/chats", body).json
    assert whole["webUrl"].startswith("https://teams.microsoft.com/l/chat/")


def test_beta_makes_a_chat_with_the_app_in_it_and_tells_how_far_it_is(world: World) -> None:
    body = {"chatType": "group", "members": [member(p) for p in world.people[:3]]}
    begun = ask(world, "POST", "/beta/chats", body | {"installedApps": [bind(world)]})
    assert begun.status == 202 and world.group_chats[-1].installed
    operation = ask(world, "GET", f"/beta{begun.headers['Location']}").json
    assert operation["status"] == "succeeded"
    assert operation["targetResourceId"] == world.group_chats[-1].conversation.id
    gone = ask(world, "GET", f"/beta{begun.headers['Location'][:-3]}x')")
    assert code(gone) == (404, "NotFound")


@pytest.mark.parametrize(
    ("change", "error_text"),
    [
        ({"members": "all"}, "members is a list"),
        ({"members": ["Ada"]}, "user@odata.bind"),
        ({"members": [{"user@odata.bind": f"{GRAPH}/v1.0/users/nobody"}]}, "Not Found"),
        ({"members": [{"user@odata.bind": f"{GRAPH}/v1.0/users/{ADA}"}]}, "role owner"),
        ({"chatType": "meeting"}, "chatType"),
        ({"chatType": "oneOnOne"}, "with two members"),
        ({"members": []}, "chatType"),
        ({"installedApps": []}, "/beta only"),
    ],
)
def test_a_chat_that_cannot_be_made_says_why(
    world: World, change: dict[str, Any], error_text: str
) -> None:
    body = {"chatType": "group", "members": [member(p) for p in world.people[:3]]}
    refused = ask(world, "POST", "/v1.0/chats", body | change)
    assert error_text in refused.json["error"]["message"]
    assert len(world.group_chats) == 2


def test_a_topic_is_for_groups_and_the_role_guest_for_guests(world: World) -> None:
    two = {"chatType": "oneOnOne", "topic": "Us", "members": [member(p) for p in world.people[:2]]}
    assert "topic" in ask(world, "POST", "/v1.0/chats", two).json["error"]["message"]
    world.people[1].profile["userType"] = "Guest"
    refused = ask(world, "POST", "/v1.0/chats", two | {"topic": None})
    assert "guest" in refused.json["error"]["message"]
    two["members"] = [member(world.people[0]), member(world.people[1], "guest")]
    assert ask(world, "POST", "/v1.0/chats", two | {"topic": None}).status == 201


@pytest.mark.parametrize(
    ("change", "error_text"),
    [
        ({"topic": 1}, "topic is a string"),
        ({"installedApps": "all"}, "installedApps is a list"),
        ({"installedApps": ["mine"]}, "installedApps is a list"),
    ],
)
def test_beta_says_why_it_makes_no_chat(
    world: World, change: dict[str, Any], error_text: str
) -> None:
    body = {"chatType": "group", "members": [member(p) for p in world.people[:3]]}
    refused = ask(world, "POST", "/beta/chats", body | change)
    assert refused.status == 400 and error_text in refused.json["error"]["message"]
    assert len(world.group_chats) == 2
