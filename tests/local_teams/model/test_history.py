"""Memory stays bounded: the oldest messages are dropped, and everything else goes on."""

from __future__ import annotations

import pytest

from samples.local_teams.model import history
from samples.local_teams.model import world as world_module
from samples.local_teams.model.messages import Activity
from samples.local_teams.model.teams import Conversation
from samples.local_teams.model.world import World
from tests.support.connector import ask, said, send


def texts(messages: list[Activity] | None) -> list[str]:
    return [message["text"] for message in messages or []]


def test_a_conversation_keeps_its_latest_messages(
    world: World, chat: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MESSAGES_KEPT", 3)
    first = world.post(chat, said("0"))
    other = world.post(world.personal_chat(world.people[1]), said("another chat"))
    for number in range(1, 5):
        assert send(world, chat.id, str(number)).status == 201
    assert texts(world.messages(chat.id)) == ["2", "3", "4"]
    assert (chat.posted, world.said_by_bot) == (5, 6)
    assert texts(chat.since(0)) == ["2", "3", "4"]
    assert texts(chat.since(4)) == ["4"] and chat.since(5) == []
    assert chat.message(first["id"]) is None
    assert world.personal_chat(world.people[1]).messages == [other]
    path = f"/v3/conversations/{chat.id}/activities/{first['id']}"
    assert ask(world, "PUT", path, said("late")).status == 404


def test_a_thread_is_there_while_one_of_its_messages_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MESSAGES_KEPT", 2)
    channel = world.teams[0].channels[0]
    root = world.post(channel, said("root"))
    thread = root["conversation"]["id"]
    for number in range(3):
        assert send(world, thread, str(number)).status == 201
    assert texts(world.messages(thread)) == ["1", "2"]
    world.post(channel, said("another"))
    world.post(channel, said("thread"))
    assert world.messages(thread) is None


def test_all_messages_together_have_so_many_bytes(
    world: World, chat: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "BYTES_KEPT", 50_000)
    channel = world.teams[0].channels[0]
    first = world.post(channel, said("small"))
    for number in range(9):
        world.post(chat, said(f"{number}" * 10_000))
    assert [text[0] for text in texts(chat.messages)] == ["5", "6", "7", "8"]
    assert channel.messages == [] and channel.message(first["id"]) is None
    # What grows later counts too, and one message is always kept.
    world.update(chat.messages[-1], said("x" * 100_000))
    assert [len(text) for text in texts(chat.messages)] == [100_000]
    world.delete(chat.messages[-1])
    world.post(chat, said("next"))
    assert len(chat.messages) == 2


def test_a_message_that_was_dropped_can_still_be_held(
    world: World, chat: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MESSAGES_KEPT", 1)
    held = world.post(chat, said("held"))
    world.post(chat, said("next"))
    world.delete(held)
    assert texts(chat.messages) == ["next"]


def test_who_looks_late_is_shown_every_conversation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world_module, "CHANGES_KEPT", 3)
    fresh = World()
    chats = [fresh.personal_chat(fresh.add_person(name)) for name in ("Ada", "Grace", "Alan")]
    for number in (0, 1, 0, 1, 0):
        fresh.post(chats[number], said("hi"))
    assert fresh.changed_since(5) == []
    assert fresh.changed_since(2) == [chats[1].id, chats[0].id]
    assert fresh.changed_since(0) == [chats[0].id, chats[1].id]
