"""Where the bot may not write."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from samples.local_teams.model.world import World
from tests.support.connector import ask, create, error, personal, said, send, thread


def test_who_blocked_the_bot_answers_in_a_shape_of_its_own(world: World) -> None:
    dennis = next(p for p in world.people if p.blocked)
    made = create(world, **personal(world, dennis.id))
    assert made.status == 201
    refused = ask(world, "POST", f"/v3/conversations/{made.json['id']}/activities", said("Hello"))
    assert (refused.status, refused.json["errorCode"]) == (403, 209)
    assert json.loads(refused.json["message"]) == {
        "subCode": "MessageWritesBlocked",
        "details": "Thread is blocked from message writes.",
        "errorCode": None,
        "errorSubCode": None,
    }
    assert world.messages(made.json["id"]) == []


def test_where_the_app_is_not(world: World) -> None:
    expected = (
        403,
        "BotNotInConversationRoster",
        "The bot is not part of the conversation roster.",
    )
    chat, team = world.group_chats[1].conversation, world.teams[1]
    path = f"/v3/conversations/{quote(chat.id)}/activities"
    assert error(ask(world, "POST", path, said("Hello"))) == expected
    assert error(create(world, **thread(team.id, activity=said("Hello")))) == expected


@pytest.mark.parametrize(
    "conversation", ["19:1nowhere", "19:nowhere@thread.v2", "{channel};messageid=1"]
)
def test_conversations_that_are_not_there(world: World, conversation: str) -> None:
    conversation = conversation.format(channel=world.teams[0].id)
    path = f"/v3/conversations/{quote(conversation, safe='')}/activities"
    gone = (404, "ConversationNotFound", "Conversation not found.")
    assert error(ask(world, "POST", path, said("Hello"))) == gone
    assert world.messages(conversation) is None


def test_a_moderated_channel_keeps_the_bot_out(world: World) -> None:
    channel = world.teams[0].channels[1]
    sent = send(world, channel.id).json["id"]
    channel.moderated = True
    expected = (403, "ConversationBlockedByUser", "User blocked the conversation with the bot.")
    assert error(send(world, channel.id)) == expected
    path = f"/v3/conversations/{quote(channel.id)}/activities/{sent}"
    assert error(ask(world, "PUT", path, said("Changed"))) == expected
    assert [m["text"] for m in channel.messages] == ["Hello"]


@pytest.mark.parametrize("method", ["POST", "GET", "PUT", "DELETE"])
def test_a_personal_chat_of_another_bot_cannot_be_decrypted(world: World, method: str) -> None:
    """agents-toolkit#11988: a mixed-up store must not seem to heal."""
    path = "/v3/conversations/a%3A1another/activities/1" if method != "GET" else ""
    refused = ask(world, method, path or "/v3/conversations/a%3A1another/members", said("Hello"))
    assert error(refused) == (403, "BadArgument", "Failed to decrypt conversation id")


def test_a_personal_chat_that_is_gone_is_not_found(world: World) -> None:
    ada = world.people[0]
    chat = world.personal_chat(ada)
    world.remove_personal_chat(ada)
    assert error(send(world, chat.id))[:2] == (404, "ConversationNotFound")
