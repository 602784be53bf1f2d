"""The world, without a service."""

from __future__ import annotations

from samples.local_teams.model.contoso import contoso
from samples.local_teams.model.world import World
from samples.runner.recording import ticking
from tests.support.connector import said


def test_two_posts_in_the_same_millisecond_get_two_ids() -> None:
    moment = ticking()()
    world = contoso(clock=lambda: moment)
    chat = world.personal_chat(world.people[0])
    ids = {world.post(chat, said("Hello"))["id"] for _ in range(3)}
    assert len(ids) == 3


def test_a_removed_chat_is_gone_under_both_its_ids(world: World) -> None:
    ada = world.people[0]
    chat = world.personal_chat(ada)
    both = (chat.id, world.graph_chat_id(chat))
    assert [world.conversation(one) for one in both] == [chat, chat]
    world.remove_personal_chat(ada)
    assert [world.conversation(one) for one in both] == [None, None]
    again = world.personal_chat(ada)
    assert [world.conversation(one) for one in both] == [again, again]
