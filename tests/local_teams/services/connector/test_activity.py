"""Which activities Teams stores, and which it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from samples.local_teams.model.exchange import Request
from samples.local_teams.model.world import World
from samples.local_teams.services.dispatch import answer
from tests.support.connector import ask, create, error, said, send, thread


def test_a_message_over_100_kilobytes_of_utf_16_is_refused(world: World) -> None:
    chat = world.personal_chat(world.people[0])
    path = f"/v3/conversations/{chat.id}/activities"
    frame = len(json.dumps(said("")))
    fits = said("x" * (100 * 1024 // 2 - frame))
    assert ask(world, "POST", path, fits).status == 201
    over = ask(world, "POST", path, said(fits["text"] + "x"))
    assert error(over) == (413, "MessageSizeTooBig", "Message size too large.")
    assert len(chat.messages) == 1


@pytest.mark.parametrize("activity", [{"text": "no type"}, {"type": 7}])
def test_an_activity_needs_a_type(world: World, activity: dict[str, Any]) -> None:
    chat = world.personal_chat(world.people[0])
    path = f"/v3/conversations/{chat.id}/activities"
    assert error(ask(world, "POST", path, activity))[:2] == (400, "BadSyntax")
    assert chat.messages == []


@pytest.mark.parametrize(
    ("activity", "wrong"),
    [
        ({"type": "message"}, "Activity must include non empty 'text' field or at least 1"),
        ({"type": "message", "text": ""}, "Activity must include non empty 'text' field"),
        ({"text": "Hello"}, "Unknown activity type None"),
        ({"type": "trace", "text": "Hello"}, "Unknown activity type 'trace'"),
        ({"type": 5}, "type of the activity is not a text"),
        ({"type": "message", "text": 5}, "text of the activity is not a text"),
        ({"type": "message", "attachments": {}}, "attachments of the activity is not a list"),
        ({"type": "message", "channelData": []}, "channelData of the activity is not a JSON"),
        ({"type": "message", "text": "", "entities": [1]}, "entities of the activity has more"),
    ],
)
def test_an_activity_that_is_none_is_not_kept(
    world: World, activity: dict[str, Any], wrong: str
) -> None:
    chat = world.personal_chat(world.people[0])
    path = f"/v3/conversations/{chat.id}/activities"
    sent = send(world, chat.id).json["id"]
    for method, where in (("POST", path), ("PUT", f"{path}/{sent}")):
        status, code, text = error(ask(world, method, where, activity))
        assert (status, code) == (400, "BadSyntax") and text.startswith(wrong)
    assert [m["text"] for m in chat.messages] == ["Hello"]
    thread_of = thread(world.teams[0].id, activity=activity)
    assert error(create(world, **thread_of))[:2] == (400, "BadSyntax")


def test_half_a_surrogate_pair_is_no_failure(world: World) -> None:
    chat = world.personal_chat(world.people[0])
    path = f"/v3/conversations/{chat.id}/activities"
    body = b'{"type": "message", "text": "\\ud800"}'
    assert answer(world, Request("POST", path, body=body)).status == 201


def test_fields_in_any_case_are_read_and_unknown_ones_kept(world: World) -> None:
    chat = world.personal_chat(world.people[0])
    card = {"CONTENTTYPE": "application/vnd.microsoft.card.adaptive", "Content": {"x": 1}}
    ask(
        world,
        "POST",
        f"/v3/conversations/{chat.id}/activities",
        {"TYPE": "message", "Attachments": [card], "myOwn": {"Field": 7}},
    )
    [message] = chat.messages
    assert message["attachments"] == [{"contentType": card["CONTENTTYPE"], "content": {"x": 1}}]
    assert message["myOwn"] == {"Field": 7}


def test_a_picture_inside_a_message_does_not_count_for_its_size(world: World) -> None:
    chat = world.personal_chat(world.people[0])
    picture = "data:image/png;base64," + "A" * 200_000
    image = {"contentType": "image/png", "contentUrl": picture}
    path = f"/v3/conversations/{chat.id}/activities"
    body = {"type": "message", "attachments": [image]}
    assert ask(world, "POST", path, body).status == 201
    image["name"] = "x" * 60_000
    assert error(ask(world, "POST", path, body))[:2] == (413, "MessageSizeTooBig")


AT = {"type": "mention", "text": "<at>Ada</at>", "mentioned": {"id": "29:1", "name": "Ada"}}
INVALID = (400, "BadSyntax", "Mention entity text is not valid.")
NO_MATCH = (400, "BadSyntax", "Mention entity does not match text")


@pytest.mark.parametrize(
    ("text", "changed", "expected"),
    [
        ("Hello <at>Ada</at>", {}, None),
        ("Hello Ada", {}, INVALID),
        ("Hello <at>Ada</at>", {"text": ""}, INVALID),
        ("Hello <at>Ada</at>", {"text": None}, INVALID),
        ("Hello <at>Ada</at>", {"mentioned": None}, INVALID),
        ("<at>R&D</at>", {"text": "<at>R&D</at>"}, NO_MATCH),
        ("<at>R&amp;D</at>", {"text": "<at>R&amp;D</at>"}, None),
        ("<at>R&amp;D</at>", {"text": "<at>R&D</at>"}, INVALID),
        ("no text for this one", {"type": "clientInfo", "text": None}, None),
    ],
)
def test_a_mention_needs_its_text_its_account_and_the_same_words_in_the_message(
    world: World, text: str, changed: dict[str, Any], expected: tuple[int, str, str] | None
) -> None:
    chat = world.group_chats[0].conversation
    path = f"/v3/conversations/{chat.id}/activities"
    sent = ask(world, "POST", path, said(text) | {"entities": [AT | changed]})
    assert (error(sent) if sent.status >= 400 else None) == expected
    assert len(chat.messages) == (expected is None)
    card = {"contentType": "application/vnd.microsoft.card.adaptive", "content": {}}
    card["content"] = {"msteams": {"entities": [AT | {"text": "<at>R&D</at>"}]}}
    assert ask(world, "POST", path, {"type": "message", "attachments": [card]}).status == 201
