"""With sessions a person has several rows, and is one person all the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from samples.local_teams.model.world import World
from samples.shared.bulk.message import Message
from samples.shared.bulk.recipients import everyone
from samples.shared.conversations import Conversations
from samples.shared.each_person import each_to_notify
from samples.shared.failing import Failure
from tests.support.remembering import activities

T = "1077a9ef-176a-4c0a-ae49-5335a993a9f0"
MESSAGE = Message('{"type": "message", "text": "News"}')
BLOCKED = Failure(403, "MessageWritesBlocked", "Thread is blocked from message writes.")


@pytest.fixture
def sessions_store(tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> Conversations:
    """Ada has three sessions, and Grace one chat."""
    store = Conversations(f"sqlite:///{tmp_path}/sessions.db")
    ada = world.people[0]
    for where in ("", world.add_session(ada, "Two").id, world.add_session(ada, "Three").id):
        [said] = activities(world, "Ada Lovelace", "says", where, "hello")
        store.remember(said)
    [said] = activities(world, "Grace Hopper", "says", "", "hello")
    store.remember(said)
    return store


def names(store: Conversations) -> list[Any]:
    return sorted(chat.user_name or "" for chat in each_to_notify(store))


def test_each_person_is_written_to_once(sessions_store: Conversations, world: World) -> None:
    assert len(sessions_store.all("personal")) == 4
    assert names(sessions_store) == ["Ada Lovelace", "Grace Hopper"]
    assert len(list(everyone(sessions_store, MESSAGE))) == 2
    first = min(chat.id for chat in sessions_store.all() if chat.user_name == "Ada Lovelace")
    assert first in [chat.id for chat in each_to_notify(sessions_store)]


def test_who_says_stop_in_one_session_hears_nothing_in_the_others(
    sessions_store: Conversations, world: World
) -> None:
    two = world.sessions[world.people[0].id][0].id
    sessions_store.opt_out(world.tenant_id, two)
    assert names(sessions_store) == ["Grace Hopper"]
    sessions_store.opt_out(world.tenant_id, world.personal_chat(world.people[0]).id, out=False)
    assert names(sessions_store) == ["Ada Lovelace", "Grace Hopper"]


def test_a_block_counts_in_all_sessions_until_the_person_writes_in_one(
    sessions_store: Conversations, world: World
) -> None:
    ada, (two, three) = world.people[0], world.sessions[world.people[0].id]
    sessions_store.note_refusal(world.tenant_id, two.id, BLOCKED)
    assert names(sessions_store) == ["Grace Hopper"]
    assert sessions_store.people(world.tenant_id, [ada.aad_object_id])[ada.aad_object_id].blocked
    found = sessions_store.person(world.tenant_id, ada.id)
    assert found and found.id == two.id and not found.can_notify
    [said] = activities(world, "Ada Lovelace", "says", three.id, "hello again")
    sessions_store.remember(said)
    assert names(sessions_store) == ["Ada Lovelace", "Grace Hopper"]


def test_rows_that_know_a_person_by_another_id_are_one_by_a_row_that_has_both(
    tmp_path: Path, world: World
) -> None:
    store, ada = Conversations(f"sqlite:///{tmp_path}/ids.db"), world.people[0]
    whole, by_entra, by_teams = (
        activities(world, "Ada Lovelace", "says", where, "hello")[0]
        for where in ("", world.add_session(ada, "Two").id, world.add_session(ada, "Three").id)
    )
    by_entra.from_property.id = None
    by_teams.from_property.aad_object_id = None
    for said in (by_entra, by_teams, whole):
        store.remember(said)
    assert len(list(each_to_notify(store))) == 1


@pytest.mark.parametrize("which", [0, 1, 2])
def test_whichever_session_is_blocked_the_person_is_found_blocked(
    sessions_store: Conversations, world: World, which: int
) -> None:
    ada = world.people[0]
    chats = [chat.id for chat in sessions_store.all() if chat.user_name == "Ada Lovelace"]
    sessions_store.note_refusal(world.tenant_id, chats[which], BLOCKED)
    found = sessions_store.people(world.tenant_id, [ada.aad_object_id])
    assert found[ada.aad_object_id].blocked
