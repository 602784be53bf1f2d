"""Channels and teams change."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from samples.local_teams.model.world import World
from tests.support.acting import let
from tests.support.connector import ask, send


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
    assert send(world, channel.id).status == 201


def test_a_channel_is_renamed_deleted_and_restored(world: World) -> None:
    releases = world.teams[0].channels[1]
    [renamed] = let(world, "Ada", "renames", where="Engineering/Releases", text="Ships")
    [deleted] = let(world, "Ada", "deletes", where="Engineering/Ships")
    assert send(world, releases.id).status == 404
    [again] = let(world, "Ada", "creates", where="Engineering/Releases")
    assert again["channelData"]["channel"]["id"] != releases.id
    [restored] = let(world, "Ada", "restores", where="Engineering/Ships")
    assert send(world, releases.id).status == 201
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
    assert send(world, releases).status == send(world, general).status == 404
    assert ask(world, "GET", f"/v3/teams/{quote(general, safe='')}").status == 404
    events += let(world, "Ada", "restores", where="R&D")
    assert send(world, releases).status == send(world, general).status == 201
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
    ("does", "where", "text", "error_text"),
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
    world: World, does: str, where: str, text: str, error_text: str
) -> None:
    before = world.as_json("")
    with pytest.raises(ValueError, match=error_text):
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
