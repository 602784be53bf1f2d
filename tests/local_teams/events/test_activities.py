"""The shape of the activities that Teams sends."""

from __future__ import annotations

from typing import Any

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


def _fields(payload: Any, where: str = "") -> set[str]:
    """The paths of all that a payload has."""
    if isinstance(payload, list):
        return {path for one in payload for path in _fields(one, f"{where}[]")}
    if not isinstance(payload, dict):
        return {where}
    return {path for name, one in payload.items() for path in _fields(one, f"{where}.{name}")}


_EVERY = {
    *(".type", ".id", ".timestamp", ".channelId", ".serviceUrl", ".recipient.id"),
    *(".recipient.name", ".from.id", ".from.aadObjectId", ".conversation.id"),
    *(".conversation.conversationType", ".conversation.tenantId", ".channelData.tenant.id"),
}
_GROUP = {*_EVERY, ".conversation.isGroup"}
_TEAM = {".channelData.team.id", ".channelData.team.name", ".channelData.team.aadGroupId"}
_SELECTED = {".conversation.name", ".channelData.settings.selectedChannel.id"}
_CLIENT = {f".entities[].{name}" for name in ("type", "locale", "country", "platform", "timezone")}
_WRITTEN = {".from.name", ".locale", ".localTimezone", *_CLIENT}
_INSTALLED = {".action", ".locale", ".entities[].type", ".entities[].locale"}
_CHANNEL = {".channelData.channel.id", ".channelData.team.id"}
_MENTION = {".entities[].mentioned.id", ".entities[].mentioned.name", ".entities[].text"}
_HTML = {".attachments[].contentType", ".attachments[].content"}


def test_events_of_a_team_have_the_fields_of_those_recorded_from_teams(world: World) -> None:
    """vercel/chat, sample-messages.md and fixtures/replay (December 2025 to February 2026)."""
    added, installed = let(world, "Ada", "installs", where="Engineering/Releases")
    assert _fields(added) == _GROUP | _TEAM | _SELECTED | {
        ".membersAdded[].id",
        ".channelData.eventType",
    }
    assert _fields(installed) == (
        _GROUP | _TEAM | _SELECTED | _INSTALLED | {".channelData.channel.id"}
    )
    text = "<at>Contoso Notifier</at> R&D?"
    [asked] = let(world, "Ada", "says", where="Engineering/Releases", text=text)
    assert _fields(asked) == _GROUP | _WRITTEN | _CHANNEL | _MENTION | _HTML | {
        *(".text", ".textFormat", ".channelData.teamsChannelId", ".channelData.teamsTeamId")
    }
    assert asked["attachments"][0]["content"] == (
        '<p><span itemtype="http://schema.skype.com/Mention" itemscope="" itemid="0">'
        "Contoso Notifier</span>&nbsp;R&amp;D?</p>"
    )
    engineering = world.teams[0]
    assert asked["channelData"]["teamsTeamId"] == engineering.id
    assert asked["channelData"]["teamsChannelId"] == engineering.channels[1].id
    assert asked["channelData"]["team"] == {"id": engineering.id}


def test_events_of_a_personal_chat_have_the_fields_of_microsofts_examples(world: World) -> None:
    added, installed = let(world, "Barbara", "installs")
    ids = {".membersAdded[].id", ".membersAdded[].aadObjectId"}
    assert _fields(added) == _EVERY | ids
    assert _fields(installed) == _EVERY | _INSTALLED
    [said] = let(world, "Barbara", "says", text="hello")
    assert _fields(said) == _EVERY | _WRITTEN | {".text", ".textFormat"}


def test_the_personal_app_is_added_together_with_the_person(world: World) -> None:
    """The page "Conversation events", and msteams-docs#529 and #2796."""
    barbara = world.people[5]
    added, _ = let(world, "Barbara", "installs")
    assert added["membersAdded"] == [
        {"id": world.bot_id},
        {"id": barbara.id, "aadObjectId": barbara.aad_object_id},
    ]
    for where in ("Lunch", "Finance"):
        added, _ = let(world, "Edsger", "installs", where=where)
        assert added["membersAdded"] == [{"id": world.bot_id}]


def test_changes_of_teams_and_channels_have_the_fields_of_microsofts_examples(
    world: World,
) -> None:
    event = {".channelData.eventType"}
    [created] = let(world, "Ada", "creates", where="Engineering/Ideas")
    assert _fields(created) == _GROUP | _CHANNEL | event | {".channelData.channel.name"}
    [renamed] = let(world, "Ada", "renames", where="Engineering", text="Research")
    named = {".channelData.team.id", ".channelData.team.name"}
    assert _fields(renamed) == _GROUP | named | event
    [joined] = let(world, "Barbara", "joins", where="Research/Releases")
    ids = {".membersAdded[].id", ".membersAdded[].aadObjectId"}
    assert _fields(joined) == _GROUP | _TEAM | event | ids
    assert joined["conversation"]["id"] == world.teams[0].id


def test_an_install_in_a_team_names_the_chosen_channel_and_the_installer(world: World) -> None:
    """The trap: the conversation is a channel although `from` is a person (facts of Teams)."""
    ada, team = world.people[0], world.teams[0]
    general, _, incidents = team.channels
    added, installed = let(world, "Ada Lovelace", "installs", where="Engineering/Incidents")
    assert (added["type"], added["channelData"]["eventType"]) == (
        "conversationUpdate",
        "teamMemberAdded",
    )
    assert (installed["type"], installed["action"]) == ("installationUpdate", "add")
    for activity in (added, installed):
        assert activity["conversation"] == {
            "id": incidents.id,
            "conversationType": "channel",
            "isGroup": True,
            "tenantId": world.tenant_id,
            "name": "Incidents",
        }
        assert activity["from"] == {"id": ada.id, "aadObjectId": ada.aad_object_id}
        assert activity["channelData"]["settings"] == {"selectedChannel": {"id": incidents.id}}
        assert activity["channelData"]["team"] == {
            "id": general.id,
            "name": "Engineering",
            "aadGroupId": team.aad_group_id,
        }
    # Only `add` names the selected channel.
    for activity in let(world, "Ada Lovelace", "removes", where="Engineering/Incidents"):
        assert activity["conversation"]["id"] == general.id
        assert "settings" not in activity["channelData"]


def test_activities_name_the_worlds_own_service_url_unless_told_another(world: World) -> None:
    world.service_url = "https://smba.example/"
    assert (
        perform(world, UserAction("Ada", "says", text="hi"))[0]["serviceUrl"] == world.service_url
    )
    assert let(world, "Ada", "says", text="hi")[0]["serviceUrl"] == URL
