"""Messages for one person in a group."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from samples.local_teams.model.teams import Conversation
from samples.local_teams.model.world import World
from tests.support.connector import ask, create, error, said, thread

ON = "?isTargetedActivity=true"
GONE = (404, "ActivityNotFoundInConversation")


def _path(conversation: Conversation) -> str:
    return f"/v3/conversations/{quote(conversation.id, safe='')}/activities"


def _to(world: World, text: str = "Psst", **more: Any) -> dict[str, Any]:
    return said(text) | {"recipient": {"id": world.people[0].id, **more}}


@pytest.mark.parametrize("key", ["id", "aad_object_id"])
def test_it_is_kept_and_marked_with_the_one_who_sees_it(world: World, key: str) -> None:
    ada, chat = world.people[0], world.group_chats[0].conversation
    activity = said("Psst") | {"recipient": {"id": getattr(ada, key)}}
    sent = ask(world, "POST", f"{_path(chat)}?istargetedactivity=TRUE", activity)
    assert sent.status == 201
    [message] = chat.messages
    assert message["recipient"] == {**world.account(ada), "isTargeted": True}
    seen = ask(world, "GET", f"{_path(chat)}/{sent.json['id']}/members").json
    assert [one["id"] for one in seen] == [ada.id]


def test_in_a_thread_too(world: World) -> None:
    channel = world.teams[0].channels[1]
    root = create(world, **thread(channel.id, activity=said("Hello"))).json["id"]
    path = f"/v3/conversations/{quote(root, safe='')}/activities{ON}"
    assert ask(world, "POST", path, _to(world)).status == 201
    assert channel.messages[1]["conversation"]["id"] == root


def test_who_gets_it_is_needed_and_is_in_the_conversation(world: World) -> None:
    chat, katherine = world.group_chats[0].conversation, world.people[3]
    for activity, text in (
        (said("Psst"), "needs a recipient"),
        (said("Psst") | {"recipient": {"name": "Ada"}}, "needs a recipient"),
        (said("Psst") | {"recipient": {"id": katherine.id}}, "not in the conversation"),
        (said("Psst") | {"recipient": {"id": "29:1nobody"}}, "not in the conversation"),
    ):
        refused = error(ask(world, "POST", f"{_path(chat)}{ON}", activity))
        assert refused[:2] == (400, "Bad Argument") and text in refused[2]
    personal = world.personal_chat(world.people[0])
    refused = error(ask(world, "POST", f"{_path(personal)}{ON}", _to(world)))
    assert refused[:2] == (400, "Bad Argument") and "personal" in refused[2]
    assert chat.messages == personal.messages == []


def test_what_is_for_one_is_never_shown_to_all(world: World) -> None:
    chat, channel = world.group_chats[0].conversation, world.teams[0].channels[0]
    activity = _to(world, isTargeted=True)
    begun = {"members": [{"id": world.people[0].id}], "tenantId": world.tenant_id}
    for refused in (
        ask(world, "POST", _path(chat), activity),
        create(world, **thread(channel.id, activity=activity)),
        create(world, **begun, activity=activity),
    ):
        assert error(refused)[:2] == (400, "Bad Argument")
    assert ask(world, "POST", _path(chat), _to(world)).status == 201  # a recipient alone is no sign
    path = f"{_path(chat)}/{chat.messages[0]['id']}"
    assert error(ask(world, "PUT", path, activity))[:2] == (400, "Bad Argument")


def test_it_is_changed_and_deleted_for_a_day_and_stays_with_its_one_reader(world: World) -> None:
    chat = world.group_chats[0].conversation
    sent = ask(world, "POST", f"{_path(chat)}{ON}", _to(world)).json["id"]
    path = f"{_path(chat)}/{sent}"
    assert error(ask(world, "PUT", path, said("for all")))[:2] == GONE
    assert error(ask(world, "DELETE", path))[:2] == GONE
    again = error(ask(world, "PUT", f"{path}{ON}", _to(world)))
    assert again[:2] == (400, "Bad Argument") and "without its recipient" in again[2]
    assert ask(world, "PUT", f"{path}{ON}", said("changed")).status == 200
    [message] = chat.messages
    assert message["text"] == "changed" and message["recipient"]["isTargeted"]
    now = world.clock()
    world.clock = lambda: now + timedelta(hours=25)
    assert error(ask(world, "PUT", f"{path}{ON}", said("late")))[:2] == GONE
    world.clock = lambda: now
    assert ask(world, "DELETE", f"{path}{ON}").status == 200
    public = ask(world, "POST", _path(chat), said("Hello")).json["id"]
    assert error(ask(world, "DELETE", f"{_path(chat)}/{public}{ON}"))[:2] == GONE


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("?isTargetedActivity=yes", "isTargetedActivity is true or false"),
        ("?isTargeted=true", "Unknown query option 'istargeted'"),
        ("?pageSize=5", "Unknown query option 'pagesize'"),
    ],
)
def test_a_query_option_that_means_nothing_is_refused(world: World, path: str, text: str) -> None:
    chat = world.group_chats[0].conversation
    refused = error(ask(world, "POST", f"{_path(chat)}{path}", _to(world)))
    assert refused[:2] == (400, "Bad Argument") and text in refused[2]
    assert chat.messages == []
