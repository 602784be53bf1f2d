"""Creating a conversation, as recorded from live Teams (facts.toml, create-recorded)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from samples.local_teams.model.world import World
from tests.support.connector import BAD_CREATE, ask, create, error, personal, said, thread


def test_a_personal_chat_is_the_same_each_time_and_shows_nothing(world: World) -> None:
    ada = world.people[0]
    first = create(world, **personal(world, ada.id))
    again = create(world, **personal(world, ada.aad_object_id))
    assert (first.status, first.json) == (201, {"id": world.personal_chat(ada).id})
    assert again.json == first.json
    assert world.messages(first.json["id"]) == []
    assert first.headers["Content-Type"] == "application/json; charset=utf-8"
    assert first.headers["Server"] == "Microsoft-HTTPAPI/2.0"
    assert first.headers["MS-CV"] != again.headers["MS-CV"]


def test_a_first_activity_is_posted_and_gets_no_activity_id(world: World) -> None:
    body = personal(world, world.people[0].id, activity=said("Hello"))
    made = create(world, **body)
    create(world, **body)
    assert set(made.json) == {"id"}
    assert [m["text"] for m in world.messages(made.json["id"]) or []] == ["Hello", "Hello"]


def test_a_thread_is_its_first_message(world: World) -> None:
    channel = world.teams[0].channels[1]
    made = create(world, **thread(channel.id, activity=said("Disk full"), members=[{"id": "x"}]))
    root = made.json["activityId"]
    assert made.status == 201
    assert made.json == {"id": f"{channel.id};messageid={root}", "activityId": root}
    assert root == "1767603600000"  # the post's time in milliseconds
    reply = ask(
        world,
        "POST",
        f"/v3/conversations/{quote(made.json['id'], safe='')}/activities",
        said("Fixed"),
    )
    assert reply.status == 201
    assert [m["text"] for m in world.messages(made.json["id"]) or []] == ["Disk full", "Fixed"]
    create(world, **thread(channel.id, activity=said("Disk full again")))
    assert len(world.messages(channel.id) or []) == 3
    assert len(world.messages(made.json["id"]) or []) == 2


@pytest.mark.parametrize("members", [0, 2, 3])
@pytest.mark.parametrize("group", [True, False])
@pytest.mark.parametrize("more", [{}, {"topicName": "New"}, {"activity": said("Hello")}])
def test_a_bot_cannot_make_a_group_chat(
    world: World, members: int, group: bool, more: dict[str, Any]
) -> None:
    body = personal(world, "", **more)
    body |= {"isGroup": group, "members": [{"id": p.id} for p in world.people[:members]]}
    refused = create(world, **body)
    assert (refused.status, refused.json) == (400, {"error": BAD_CREATE})


def test_one_member_is_no_group_either(world: World) -> None:
    refused = create(world, **personal(world, world.people[0].id) | {"isGroup": True})
    assert (refused.status, refused.json) == (400, {"error": BAD_CREATE})


def test_a_thread_needs_its_first_message(world: World) -> None:
    refused = create(world, **thread(world.teams[0].channels[0].id))
    assert (refused.status, refused.json) == (400, {"error": BAD_CREATE})


@pytest.mark.parametrize("members", ["29:1", [None], [{}], [{"id": 7}], None, {}])
def test_members_that_are_none(world: World, members: Any) -> None:
    refused = create(world, **personal(world, "") | {"members": members})
    assert (refused.status, refused.json) == (400, {"error": BAD_CREATE})


@pytest.mark.parametrize("tenant", [None, "", 7, "00000000-0000-4000-8000-000000000000"])
def test_no_tenant_or_another(world: World, tenant: Any) -> None:
    body = {"members": [{"id": world.people[0].id}], "tenantId": tenant}
    refused = create(world, **body)
    assert refused.status == 400
    assert refused.json["error"] == {"code": "BadSyntax", "message": "Could not parse tenant id"}


@pytest.mark.parametrize("key", ["tenantId", "tenantID", "TENANTID"])
def test_the_case_of_a_key_does_not_matter(world: World, key: str) -> None:
    made = create(world, MEMBERS=[{"ID": world.people[0].id}], **{key: world.tenant_id.upper()})
    assert made.status == 201


def test_people_who_cannot_be_written_to(world: World) -> None:
    barbara = next(p for p in world.people if not p.installed)
    not_installed = (
        403,
        "ForbiddenOperationException",
        "Bot isn't installed in user's personal scope",
    )
    assert error(create(world, **personal(world, barbara.id))) == not_installed
    assert error(create(world, **personal(world, barbara.aad_object_id))) == not_installed
    nobody = "00000000-0000-4000-8000-000000000000"
    assert error(create(world, **personal(world, nobody))) == not_installed
    assert error(create(world, **personal(world, "29:1nobody"))) == (
        403,
        "BadArgument",
        "Failed to decrypt pairwise id",
    )
    assert error(create(world, **personal(world, f"29:{world.people[0].aad_object_id}"))) == (
        403,
        "BadArgument",
        "Failed to decrypt pairwise id",
    )


def test_threads_start_in_channels_only(world: World) -> None:
    chat = world.group_chats[0].conversation
    for channel in (chat.id, "19:nowhere@thread.tacv2"):
        refused = create(world, **thread(channel, activity=said("Hello")))
        assert error(refused)[:2] == (404, "ConversationNotFound")


def test_a_first_activity_that_is_no_object(world: World) -> None:
    refused = create(world, **personal(world, world.people[0].id, activity="Hello"))
    assert error(refused) == (400, "BadSyntax", "The activity is not a JSON object")
