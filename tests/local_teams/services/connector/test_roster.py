"""Who is in a conversation."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from samples.local_teams.model.world import World
from tests.support.connector import ask, error, send


def test_the_roster_of_nothing(world: World) -> None:
    refused = ask(world, "GET", "/v3/conversations/19%3A1nowhere/members")
    assert error(refused)[:2] == (404, "ConversationNotFound")


def test_the_roster(world: World) -> None:
    ada, team = world.people[0], world.teams[0]
    everyone = ask(world, "GET", f"/v3/conversations/{quote(team.id)}/members")
    assert [m["name"] for m in everyone.json] == [p.name for p in team.channels[0].members]
    assert everyone.json[0] == {
        "id": ada.id,
        "name": "Ada Lovelace",
        "objectId": ada.aad_object_id,
        "aadObjectId": ada.aad_object_id,
        "givenName": "Ada",
        "surname": "Lovelace",
        "email": "ada.lovelace@contoso.example",
        "userPrincipalName": "ada.lovelace@contoso.example",
        "tenantId": world.tenant_id,
        "userRole": "user",
    }
    for key in (ada.id, ada.aad_object_id.upper(), "Ada.Lovelace@contoso.example"):
        one = ask(world, "GET", f"/v3/conversations/{quote(team.id)}/members/{quote(key)}")
        assert one.json == everyone.json[0]
    nobody = ask(world, "GET", f"/v3/conversations/{quote(team.id)}/members/nobody")
    assert error(nobody)[:2] == (404, "MemberNotFoundInConversation")


@pytest.mark.parametrize(
    ("asked", "sizes"),
    [("", [200, 30]), ("pageSize=100", [100, 100, 30]), ("pageSize=2", [50] * 4 + [30])],
)
def test_the_roster_in_pages(world: World, asked: str, sizes: list[int]) -> None:
    people = [world.add_person(f"Person {n}") for n in range(230)]
    team = world.add_team("Everyone", *people)
    path = f"/v3/conversations/{quote(team.id)}/pagedmembers?{asked}"
    names, found, token = [], [], ""
    while True:
        page = ask(world, "GET", f"{path}&continuationToken={token}").json
        found.append(len(page["members"]))
        names += [m["name"] for m in page["members"]]
        if not (token := page.get("continuationToken")):
            break
    assert found == sizes
    assert names == [p.name for p in people]


def test_the_roster_of_a_chat_comes_whole(world: World) -> None:
    people = [world.add_person(f"Person {n}") for n in range(60)]
    chat = world.add_group_chat("Sixty", *people).conversation
    page = ask(world, "GET", f"/v3/conversations/{quote(chat.id)}/pagedMembers?PageSize=50").json
    assert len(page["members"]) == 60 and "continuationToken" not in page


def test_a_page_that_makes_no_sense(world: World) -> None:
    path = f"/v3/conversations/{quote(world.teams[0].id)}/pagedmembers?pageSize=many"
    assert error(ask(world, "GET", path))[:2] == (400, "Bad Argument")


@pytest.mark.parametrize("token", ["-1", "5", "x"])
def test_a_continuation_token_of_another_roster(world: World, token: str) -> None:
    path = f"/v3/conversations/{quote(world.teams[0].id)}/pagedmembers?continuationToken={token}"
    assert error(ask(world, "GET", path))[:2] == (400, "Bad Argument")


def test_who_sees_a_message(world: World) -> None:
    chat = world.group_chats[0].conversation
    sent = send(world, chat.id).json["id"]
    path = f"/v3/conversations/{quote(chat.id)}/activities"
    seen = ask(world, "GET", f"{path}/{sent}/members")
    assert [m["name"] for m in seen.json] == [p.name for p in chat.members]
    assert error(ask(world, "GET", f"{path}/1/members"))[:2] == (
        404,
        "ActivityNotFoundInConversation",
    )
