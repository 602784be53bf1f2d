"""samples/local_teams/events.py: what Teams sends a bot when people do something."""

from __future__ import annotations

from typing import Any

import pytest

from samples.local_teams.events import Happening, happen
from samples.local_teams.running import ticking
from samples.local_teams.world import World, contoso

URL = "http://127.0.0.1:8090/"


@pytest.fixture
def world() -> World:
    return contoso(clock=ticking())


def let(world: World, who: str, does: str, **more: str) -> list[dict[str, Any]]:
    return happen(world, Happening(who, does, **more), service_url=URL)


def test_what_every_activity_carries(world: World) -> None:
    ada = world.people[0]
    [activity] = let(world, ada.name, "says", text="hello")
    assert activity["type"] == "message" and activity["text"] == "hello"
    assert activity["channelId"] == "msteams" and activity["serviceUrl"] == URL
    assert activity["from"] == {
        "id": ada.id,
        "name": ada.name,
        "aadObjectId": ada.aad_object_id,
    }
    assert activity["recipient"] == {"id": world.bot_id, "name": world.bot_name}
    assert activity["conversation"] == {
        "id": world.personal_chat(ada).id,
        "conversationType": "personal",
        "tenantId": world.tenant_id,
    }
    assert activity["channelData"] == {"tenant": {"id": world.tenant_id}}
    assert activity["localTimezone"] == "Europe/London"
    assert activity["entities"][0]["timezone"] == "Europe/London"
    assert activity["timestamp"] == "2026-01-05T09:00:00.000+00:00"
    [stored] = world.personal_chat(ada).messages
    assert (stored["id"], stored["from"]["name"]) == (activity["id"], ada.name)


def test_an_install_in_a_team_names_the_chosen_channel_and_the_installer(world: World) -> None:
    """The trap: the conversation is a channel although `from` is a person (facts of Teams)."""
    added, installed = let(world, "Edsger Dijkstra", "installs", where="Finance")
    general = world.teams[1].channels[0]
    assert world.teams[1].installed
    assert added["type"] == "conversationUpdate"
    assert added["membersAdded"] == [{"id": world.bot_id}]
    assert added["channelData"]["eventType"] == "teamMemberAdded"
    assert (installed["type"], installed["action"]) == ("installationUpdate", "add")
    assert installed["conversation"] == {
        "id": general.id,
        "conversationType": "channel",
        "isGroup": True,
        "tenantId": world.tenant_id,
    }
    edsger = world.people[4]
    assert installed["from"] == {"id": edsger.id, "aadObjectId": edsger.aad_object_id}
    assert "localTimezone" not in installed
    assert installed["channelData"]["settings"] == {"selectedChannel": {"id": general.id}}
    assert installed["channelData"]["team"] == {"id": general.id, "name": "Finance"}


def test_only_an_install_names_another_channel_than_general(world: World) -> None:
    general, _, incidents = world.teams[0].channels
    added, installed = let(world, "Ada Lovelace", "installs", where="Engineering/Incidents")
    removed, uninstalled = let(world, "Ada Lovelace", "removes", where="Engineering/Incidents")
    assert installed["conversation"]["id"] == incidents.id
    for activity in (added, removed, uninstalled):
        assert activity["conversation"]["id"] == general.id


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
    ("who", "does", "where", "told"),
    [
        ("Nobody", "says", "", "There are: Ada Lovelace"),
        ("Ada Lovelace", "says", "Nowhere", "no chat, team or team/channel called 'Nowhere'"),
        ("Ada Lovelace", "says", "Engineering/Nowhere", "called 'Engineering/Nowhere'"),
        ("Ada Lovelace", "dances", "", "'dances' is not one of says, installs"),
    ],
)
def test_a_slip_in_a_story_is_named(
    world: World, who: str, does: str, where: str, told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        let(world, who, does, where=where)
