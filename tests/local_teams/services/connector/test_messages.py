"""Messages are sent, updated and deleted."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from samples.local_teams.events.card_actions import buttons
from samples.local_teams.model.world import World
from tests.support.connector import ask, error, said, send


def test_a_message_to_the_channel_itself_starts_a_thread(world: World) -> None:
    channel = world.teams[0].channels[0]
    sent = ask(world, "POST", f"/v3/conversations/{channel.id}/activities", said("News"))
    assert world.messages(f"{channel.id};messageid={sent.json['id']}")


def test_a_message_is_updated_and_deleted(world: World) -> None:
    ada = world.people[0]
    chat = world.personal_chat(ada)
    sent = ask(world, "POST", f"/v3/conversations/{chat.id}/activities", said("Draft")).json["id"]
    path = f"/v3/conversations/{chat.id}/activities/{sent}"
    changed = ask(world, "PUT", path, said("Final"))
    assert (changed.status, changed.json) == (200, {"id": sent})
    [message] = chat.messages
    assert (message["text"], message["edited"], message["id"]) == ("Final", True, sent)
    assert message["from"]["id"] == world.bot_id
    deleted = ask(world, "DELETE", path)
    assert (deleted.status, deleted.body) == (200, b"")
    assert message["deleted"] and "text" not in message
    gone = (404, "ActivityNotFoundInConversation", "Conversation not found.")
    assert error(ask(world, "PUT", path, said("Again"))) == gone
    assert error(ask(world, "DELETE", path)) == gone
    assert error(ask(world, "DELETE", f"{path}0")) == gone


def test_a_text_and_a_card_become_two_messages_without_an_id(world: World) -> None:
    chat = world.personal_chat(world.people[0])
    both = said("Hello") | {"attachments": [{"content": {}}]}
    sent = ask(world, "POST", f"/v3/conversations/{chat.id}/activities", both)
    assert (sent.status, sent.body) == (201, b"")
    text, card = chat.messages
    assert text["text"] == "Hello" and "attachments" not in text
    assert card["attachments"] == [{"content": {}}] and "text" not in card


@pytest.mark.parametrize("mark", ["edited", "deleted", "shown"])
@pytest.mark.parametrize("value", [True, None, 5, {"a": "b"}])
def test_a_sender_cannot_mark_a_message(world: World, mark: str, value: Any) -> None:
    chat = world.personal_chat(world.people[0])
    path = f"/v3/conversations/{chat.id}/activities"
    sent = ask(world, "POST", path, said("Hello") | {mark: value})
    assert mark not in chat.messages[-1]
    assert buttons(chat.messages[-1], world.people[0].id) == []
    ask(world, "PUT", f"{path}/{sent.json['id']}", said("Hello") | {mark: value})
    assert chat.messages[-1].get(mark) is (True if mark == "edited" else None)


def test_only_its_own_messages(world: World) -> None:
    ada = world.people[0]
    chat = world.personal_chat(ada)
    hers = world.post(chat, said("Mine"), sender=ada)
    path = f"/v3/conversations/{chat.id}/activities/{hers['id']}"
    assert error(ask(world, "PUT", path, said("Yours")))[:2] == (403, "NotEnoughPermissions")
    assert hers["text"] == "Mine"


def test_typing_is_shown_and_not_kept(world: World) -> None:
    chat = world.personal_chat(world.people[0])
    path = f"/v3/conversations/{chat.id}/activities"
    typing = ask(world, "POST", path, {"type": "typing"})
    assert (typing.status, typing.body, chat.messages) == (202, b"", [])
    world.people[0].blocked = True
    assert ask(world, "POST", path, {"type": "typing"}).status == 403


def test_channels_and_teams_come_and_go(world: World) -> None:
    team = world.teams[0]
    channel = world.add_channel(team, "Retrospectives")
    assert send(world, channel.id).status == 201
    world.remove_channel(channel)
    assert error(send(world, channel.id))[:2] == (404, "ConversationNotFound")
    path = f"/v3/teams/{quote(team.id)}"
    world.remove_team(team)
    assert team not in world.teams
    assert error(ask(world, "GET", path))[:2] == (404, "ConversationNotFound")
