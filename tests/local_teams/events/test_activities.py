"""The shape of the activities that Teams sends."""

from __future__ import annotations

from samples.local_teams.events.actions import UserAction, perform
from samples.local_teams.model.world import World
from tests.support.acting import URL, let


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


def test_activities_name_the_worlds_own_service_url_unless_told_another(world: World) -> None:
    world.service_url = "https://smba.example/"
    assert (
        perform(world, UserAction("Ada", "says", text="hi"))[0]["serviceUrl"] == world.service_url
    )
    assert let(world, "Ada", "says", text="hi")[0]["serviceUrl"] == URL
