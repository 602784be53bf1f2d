"""Quoted messages are completed; streams and prompt previews are refused."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from samples.local_teams.model.world import World
from tests.support.connector import ask, create, error, said, thread


def _quoting(message_id: Any, text: str = "") -> dict[str, Any]:
    text = text or f'<quoted messageId="{message_id}"/> Done.'
    return said(text) | {
        "entities": [{"type": "quotedReply", "quotedReply": {"messageId": message_id}}]
    }


def test_a_quotation_says_whose_message_it_is(world: World) -> None:
    ada, chat = world.people[0], world.personal_chat(world.people[0])
    path = f"/v3/conversations/{quote(chat.id, safe='')}/activities"
    question = world.post(chat, said("report on sales"), sender=ada)
    sent = ask(world, "POST", path, _quoting(question["id"]))
    assert sent.status == 201
    [entity] = chat.messages[1]["entities"]
    assert entity["quotedReply"] == {
        "messageId": question["id"],
        "senderId": ada.id,
        "senderName": ada.name,
        "preview": "report on sales",
        "time": question["id"],
        "isReplyDeleted": False,
        "validatedMessageReference": True,
    }
    unknown = _quoting("1700000000000")
    assert ask(world, "PUT", f"{path}/{sent.json['id']}", unknown).status == 200
    quoted = chat.messages[1]["entities"][0]["quotedReply"]
    assert quoted == {"messageId": "1700000000000", "validatedMessageReference": False}


@pytest.mark.parametrize(
    ("message_id", "text", "wrong"),
    [
        ("", "Done", "has quotedReply.messageId"),
        (7, "Done", "has quotedReply.messageId"),
        ("1", "Done", 'no <quoted messageId="1"/>'),
    ],
)
def test_a_quotation_of_nothing_is_refused(
    world: World, message_id: Any, text: str, wrong: str
) -> None:
    chat = world.personal_chat(world.people[0])
    path = f"/v3/conversations/{quote(chat.id, safe='')}/activities"
    refused = error(ask(world, "POST", path, _quoting(message_id, text)))
    assert refused[:2] == (400, "BadSyntax") and wrong in refused[2]
    assert chat.messages == []


STREAM = {"type": "streaminfo", "streamType": "streaming", "streamSequence": 1}


@pytest.mark.parametrize(
    ("activity", "wrong"),
    [
        ({"type": "typing", "text": "x", "entities": [STREAM]}, "does not speak streaming"),
        (
            {"type": "typing", "text": "x", "channelData": {"streamType": "informative"}},
            "does not speak streaming",
        ),
        (
            {"type": "typing", "text": "x", "entities": [{"type": "streamInfo"}]},
            "Only start streaming and continue streaming types are allowed as a typing activity",
        ),
        (
            said("x") | {"entities": [STREAM | {"streamType": "final"}]},
            "does not speak streaming",
        ),
        (
            said("x") | {"entities": [{"type": "targetedMessageInfo", "messageId": "1"}]},
            "does not speak targetedMessageInfo",
        ),
    ],
)
def test_what_local_teams_does_not_speak_is_refused(
    world: World, activity: dict[str, Any], wrong: str
) -> None:
    chat, channel = world.personal_chat(world.people[0]), world.teams[0].channels[0]
    path = f"/v3/conversations/{quote(chat.id, safe='')}/activities"
    refused = error(ask(world, "POST", path, activity))
    assert refused[:2] == (400, "BadSyntax") and wrong in refused[2]
    assert create(world, **thread(channel.id, activity=activity)).status == 400
    assert chat.messages == channel.messages == []
