"""What Teams sends a bot when people do something."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from samples.local_teams.events.actions import UserAction, perform
from samples.local_teams.model.exchange import Request
from samples.local_teams.model.world import World
from samples.local_teams.services.dispatch import answer

URL = "http://127.0.0.1:8090/"


def let(world: World, who: str, does: str, **more: str) -> list[dict[str, Any]]:
    return perform(world, UserAction(who, does, **more), service_url=URL)


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
        ("A", "says", "", "Nobody is called 'A'"),
        ("Ada Lovelace", "says", "Nowhere", "no chat, team or team/channel called 'Nowhere'"),
        ("Ada Lovelace", "says", "Nowhere", "There are: Launch party, Lunch, Engineering/General"),
        ("Ada Lovelace", "says", "Engineering/Nowhere", "called 'Engineering/Nowhere'"),
        ("Ada Lovelace", "dances", "", "'dances' is not one of says, installs"),
    ],
)
def test_a_slip_in_a_story_is_named(
    world: World, who: str, does: str, where: str, told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        let(world, who, does, where=where)


# -- who and where, by other names ---------------------------------------------------------------


def test_a_first_name_will_do_where_only_one_person_has_it(world: World) -> None:
    [said] = let(world, "Ada", "says", text="hello")
    assert said["from"]["name"] == "Ada Lovelace"
    world.add_person("Ada Yonath")
    with pytest.raises(ValueError, match="Several are called 'Ada'"):
        let(world, "Ada", "says", text="hello")
    [said] = let(world, "Ada Yonath", "says", text="hello")
    assert said["from"]["name"] == "Ada Yonath"


def test_people_and_conversations_go_by_their_ids_too(world: World) -> None:
    ada, party = world.people[0], world.group_chats[0].conversation
    incidents = world.teams[0].channels[2]
    text = "<at>Contoso Notifier</at> hello"
    for who in (ada.id, ada.aad_object_id):
        for place in (world.personal_chat(ada), party, incidents):
            [said] = let(world, who, "says", where=place.id, text=text)
            assert said["conversation"]["id"].partition(";")[0] == place.id


def test_activities_name_the_worlds_own_service_url_unless_told_another(world: World) -> None:
    world.service_url = "https://smba.example/"
    assert (
        perform(world, UserAction("Ada", "says", text="hi"))[0]["serviceUrl"] == world.service_url
    )
    assert let(world, "Ada", "says", text="hi")[0]["serviceUrl"] == URL


# -- the bot comes and goes with a new version of the app -----------------------------------------


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
    assert let(world, "Grace", "enables") == []
    assert len(let(world, "Ada", "says", text="hi")) == 1


# -- channels and teams change ---------------------------------------------------------------------


def ask(world: World, method: str, path: str, body: Any = None) -> int:
    return answer(world, Request(method, path, body=json.dumps(body or {}).encode())).status


def post_to(world: World, conversation_id: str) -> int:
    path = f"/v3/conversations/{quote(conversation_id, safe='')}/activities"
    return ask(world, "POST", path, {"type": "message", "text": "hello"})


def test_what_the_bot_is_told_of_a_new_channel(world: World) -> None:
    [created] = let(world, "Ada", "creates", where="Engineering/Ideas")
    team, channel = world.teams[0], world.teams[0].channels[-1]
    assert created["type"] == "conversationUpdate"
    assert created["channelData"] == {
        "tenant": {"id": world.tenant_id},
        "eventType": "channelCreated",
        "team": {"id": team.id},
        "channel": {"id": channel.id, "name": "Ideas"},
    }
    assert created["conversation"]["id"] == team.id
    assert created["conversation"]["conversationType"] == "channel"
    ada = world.people[0]
    assert created["from"] == {"id": ada.id, "aadObjectId": ada.aad_object_id}
    assert channel.members == team.channels[0].members
    assert post_to(world, channel.id) == 201


def test_a_channel_is_renamed_deleted_and_restored(world: World) -> None:
    releases = world.teams[0].channels[1]
    [renamed] = let(world, "Ada", "renames", where="Engineering/Releases", text="Ships")
    [deleted] = let(world, "Ada", "deletes", where="Engineering/Ships")
    assert post_to(world, releases.id) == 404
    [again] = let(world, "Ada", "creates", where="Engineering/Releases")
    assert again["channelData"]["channel"]["id"] != releases.id
    [restored] = let(world, "Ada", "restores", where="Engineering/Ships")
    assert post_to(world, releases.id) == 201
    for event, name in (
        (renamed, "channelRenamed"),
        (deleted, "channelDeleted"),
        (restored, "channelRestored"),
    ):
        assert event["channelData"]["eventType"] == name
        assert event["channelData"]["channel"] == {"id": releases.id, "name": "Ships"}


def test_a_team_is_renamed_archived_deleted_and_restored(world: World) -> None:
    team = world.teams[0]
    general, releases = team.channels[0].id, team.channels[1].id
    events = [
        *let(world, "Ada", "renames", where="Engineering", text="R&D"),
        *let(world, "Ada", "archives", where="R&D"),
        *let(world, "Ada", "unarchives", where="R&D"),
        *let(world, "Ada", "deletes", where="R&D"),
    ]
    assert post_to(world, releases) == post_to(world, general) == 404
    assert ask(world, "GET", f"/v3/teams/{quote(general, safe='')}") == 404
    events += let(world, "Ada", "restores", where="R&D")
    assert post_to(world, releases) == post_to(world, general) == 201
    assert [e["channelData"]["eventType"] for e in events] == [
        *("teamRenamed", "teamArchived", "teamUnarchived", "teamDeleted", "teamRestored")
    ]
    for event in events:
        assert event["channelData"]["team"] == {"id": general, "name": "R&D"}
        assert "channel" not in event["channelData"]
        assert event["conversation"]["id"] == general


def test_the_bot_is_told_nothing_of_teams_that_have_not_the_app(world: World) -> None:
    assert let(world, "Edsger", "creates", where="Finance/Budget") == []
    assert [c.name for c in world.teams[1].channels] == ["General", "Budget"]


@pytest.mark.parametrize(
    ("does", "where", "text", "told"),
    [
        ("creates", "Engineering/Releases", "", "'Releases' is taken"),
        ("creates", "Engineering", "", "Name the channel too: Engineering/"),
        ("creates", "Launch party/Ideas", "", "no team called 'Launch party'"),
        ("renames", "Engineering/Releases", "", "'' is taken, empty or has a slash"),
        ("renames", "Engineering/Releases", "Incidents", "'Incidents' is taken"),
        ("renames", "Engineering", "a/b", "'a/b' is taken, empty or has a slash"),
        ("renames", "Engineering", "Finance", "'Finance' is taken"),
        ("deletes", "Engineering/General", "", "General is the team itself"),
        ("deletes", "Engineering/Nowhere", "", "There are: General, Releases, Incidents"),
        ("restores", "Engineering/Releases", "", "called 'Releases' for it. There are: none"),
        ("restores", "Engineering", "", "called 'Engineering' for it. There are: none"),
        ("archives", "Engineering/Releases", "", "Engineering/Releases is a channel"),
        ("unarchives", "Engineering", "", "Engineering is not archived"),
    ],
)
def test_what_cannot_be_done_to_a_channel_or_a_team_is_named_and_changes_nothing(
    world: World, does: str, where: str, text: str, told: str
) -> None:
    before = world.as_json("")
    with pytest.raises(ValueError, match=told):
        let(world, "Ada", does, where=where, text=text)
    assert world.as_json("") == before


def test_what_was_deleted_does_not_come_back_under_a_name_that_is_taken(world: World) -> None:
    let(world, "Ada", "archives", where="Engineering")
    with pytest.raises(ValueError, match="Engineering is archived"):
        let(world, "Ada", "archives", where="Engineering")
    let(world, "Ada", "deletes", where="Engineering/Releases")
    let(world, "Ada", "creates", where="Engineering/Releases")
    with pytest.raises(ValueError, match="'Releases' is taken"):
        let(world, "Ada", "restores", where="Engineering/Releases")
    let(world, "Ada", "deletes", where="Engineering")
    world.add_team("Engineering")
    with pytest.raises(ValueError, match="'Engineering' is taken"):
        let(world, "Ada", "restores", where="Engineering")
    assert [team.name for team in world.deleted_teams] == ["Engineering"]
