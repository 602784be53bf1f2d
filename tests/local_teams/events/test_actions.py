"""What Teams sends a bot when people do something."""

from __future__ import annotations

from typing import Any

import pytest

from samples.local_teams.model.world import World
from tests.support.acting import let


def test_install_and_remove_in_each_scope(world: World) -> None:
    for who, where, installed in (
        ("Barbara Liskov", "", lambda: world.people[5].installed),
        ("Edsger Dijkstra", "Lunch", lambda: world.group_chats[1].installed),
        ("Edsger Dijkstra", "Finance", lambda: world.teams[1].installed),
    ):
        let(world, who, "installs", where=where)
        assert installed()
        removed, uninstalled = let(world, who, "removes", where=where)
        assert not installed()
        assert removed["membersRemoved"] == [{"id": world.bot_id}]
        assert uninstalled["action"] == "remove"
        assert "settings" not in uninstalled["channelData"]


def test_people_come_and_go(world: World) -> None:
    barbara = world.people[5]
    for where, members in (
        ("Engineering", world.teams[0].channels[2].members),
        ("Launch party", world.group_chats[0].conversation.members),
    ):
        for _ in range(2):  # joining twice is joining once
            [joined] = let(world, barbara.name, "joins", where=where)
        assert members.count(barbara) == 1
        assert joined["membersAdded"] == [{"id": barbara.id, "aadObjectId": barbara.aad_object_id}]
        for _ in range(2):
            [left] = let(world, barbara.name, "leaves", where=where)
        assert barbara not in members
        assert left["membersRemoved"][0]["id"] == barbara.id


def test_nobody_joins_a_personal_chat(world: World) -> None:
    let(world, "Ada Lovelace", "joins")
    assert len(world.personal_chat(world.people[0]).members) == 1


def test_a_block_is_told_to_nobody(world: World) -> None:
    assert let(world, "Ada Lovelace", "blocks") == []
    assert world.people[0].blocked
    assert let(world, "Ada Lovelace", "unblocks") == []
    assert not world.people[0].blocked


def test_in_a_channel_the_bot_gets_what_mentions_it_with_the_thread(world: World) -> None:
    releases = world.teams[0].channels[1]
    assert let(world, "Ada Lovelace", "says", where="Engineering/Releases", text="lunch?") == []
    text = "<at>Contoso Notifier</at> hello"
    [asked] = let(world, "Ada Lovelace", "says", where="Engineering/Releases", text=text)
    assert asked["conversation"]["id"] == f"{releases.id};messageid={asked['id']}"
    assert asked["entities"][0]["mentioned"]["id"] == world.bot_id
    [reply] = let(
        world,
        "Grace Hopper",
        "says",
        where="Engineering/Releases",
        text=text,
        reply_to=asked["id"],
    )
    assert reply["conversation"]["id"] == asked["conversation"]["id"]
    assert len(releases.messages) == 3


def test_where_the_app_is_not_the_bot_hears_nothing(world: World) -> None:
    text = "<at>Contoso Notifier</at> hello"
    assert let(world, "Edsger Dijkstra", "says", where="Lunch", text=text) == []
    assert len(world.group_chats[1].conversation.messages) == 1


@pytest.mark.parametrize(
    ("who", "where"), [("Ada", ""), ("Ada", "Launch party"), ("Ada", "Engineering/Releases")]
)
def test_an_upgrade_that_drops_the_bot_and_one_that_brings_it_back(
    world: World, who: str, where: str
) -> None:
    [removed] = let(world, who, "removes by upgrade", where=where)
    assert (removed["type"], removed["action"]) == ("installationUpdate", "remove-upgrade")
    text = "<at>Contoso Notifier</at> hello"
    if where:  # in the personal chat her team still has the app
        assert let(world, who, "says", where=where, text=text) == []
    [added] = let(world, who, "adds by upgrade", where=where)
    assert added["action"] == "add-upgrade"
    assert "settings" not in added["channelData"]  # the chosen channel comes with `add` only
    assert len(let(world, who, "says", where=where, text=text)) == 1
    if "/" in where:
        assert added["conversation"]["id"] == world.teams[0].id


def test_where_the_app_is_not_the_bot_is_not_told_who_comes(world: World) -> None:
    assert let(world, "Ada", "joins", where="Finance") == []
    assert world.people[0] in world.teams[1].channels[0].members


def test_while_the_admin_disables_the_app_the_bot_hears_nothing(world: World) -> None:
    assert let(world, "Grace", "disables") == []
    assert world.disabled_by_admin
    assert let(world, "Ada", "says", text="hi") == []
    assert let(world, "Ada", "creates", where="Engineering/Ideas") == []
    assert let(world, "Ada", "joins", where="Engineering") == []
    assert let(world, "Barbara", "installs") == []
    assert let(world, "Grace", "enables") == []
    assert len(let(world, "Ada", "says", text="hi")) == 1


@pytest.mark.parametrize("more", [{"text": "\ud83d"}, {"inputs": {"why": "\ud83d"}}])
def test_half_of_a_character_is_refused_before_anybody_says_it(
    world: World, more: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="half of a character"):
        let(world, "Ada", "says", **more)
    assert world.personal_chat(world.people[0]).messages == []
