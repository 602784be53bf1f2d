"""Apps are installed and removed, and the bot hears of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from samples.local_teams.model.catalog import App
from samples.local_teams.model.exchange import Request
from samples.local_teams.model.world import World
from samples.local_teams.services.dispatch import answer
from samples.local_teams.services.graph.parts import GRAPH
from tests.support.graph import ADA, ask, bind, code, heard, of


def test_an_install_for_a_person_opens_their_chat_to_the_bot_and_tells_it(world: World) -> None:
    barbara = of(world, "Barbara Liskov")
    create = json.dumps(
        {"members": [{"id": barbara.aad_object_id}], "tenantId": world.tenant_id}
    ).encode()
    refused = answer(world, Request("POST", "/v3/conversations", body=create))
    assert code(refused) == (403, "ForbiddenOperationException")
    installed = f"/v1.0/users/{barbara.aad_object_id}/teamwork/installedApps"

    assert ask(world, "POST", installed, bind(world)).status == 201
    added, update = world.pending
    person = {"id": barbara.id, "aadObjectId": barbara.aad_object_id}
    assert added["membersAdded"] == [{"id": world.bot_id}, person]
    assert (update["action"], update["from"]["aadObjectId"]) == ("add", barbara.aad_object_id)
    assert heard(world) == [("conversationUpdate", "personal"), ("installationUpdate", "personal")]
    assert code(ask(world, "POST", installed, bind(world))) == (409, "Conflict")
    assert heard(world) == []
    opened = answer(world, Request("POST", "/v3/conversations", body=create))
    assert opened.json["id"] == world.personal_chat(barbara).id


def test_an_install_in_a_team_tells_the_bot_the_channel(world: World) -> None:
    finance = world.teams[1]
    installed = f"/v1.0/teams/{finance.aad_group_id}/installedApps"
    assert ask(world, "POST", installed, bind(world)).status == 200
    assert finance.installed
    update = world.pending[1]
    assert update["channelData"]["settings"]["selectedChannel"]["id"] == finance.channels[0].id
    assert heard(world) == [("conversationUpdate", "channel"), ("installationUpdate", "channel")]
    channel = ask(world, "GET", f"/v1.0/teams/{finance.aad_group_id}/primaryChannel").json
    assert (channel["id"], channel["displayName"]) == (finance.id, "General")

    [installation] = ask(world, "GET", installed).json["value"]
    assert ask(world, "DELETE", f"{installed}/{installation['id']}").status == 204
    assert not finance.installed
    assert [a.get("action") for a in world.pending] == [None, "remove"]
    assert code(ask(world, "DELETE", f"{installed}/{installation['id']}")) == (404, "NotFound")


def test_an_install_in_a_group_chat_tells_the_bot_nothing(world: World) -> None:
    lunch = world.group_chats[1]
    installed = f"/v1.0/chats/{lunch.conversation.id}/installedApps"
    assert ask(world, "POST", installed, bind(world)).status == 201
    assert lunch.installed and heard(world) == []
    [installation] = ask(world, "GET", installed).json["value"]
    assert ask(world, "DELETE", f"{installed}/{installation['id']}").status == 204
    assert not lunch.installed and heard(world) == []


def test_a_team_without_members_has_nobody_to_name(world: World) -> None:
    empty = world.add_team("Empty", installed=False)
    path = f"/v1.0/teams/{empty.aad_group_id}/installedApps"
    assert ask(world, "POST", path, bind(world)).status == 200
    assert empty.installed and heard(world) == []


def test_a_wide_permission_reaches_another_app_and_its_bot_hears_nothing_of_us(
    world: World,
) -> None:
    other = App("4f3b1a52-0000-4000-8000-000000000001", None, "Other", distribution="store")
    world.catalog.append(other)
    ada = f"/v1.0/users/{world.people[0].email}/teamwork/installedApps"
    body = {"teamsApp@odata.bind": f"{GRAPH}/v1.0/appCatalogs/teamsApps('{other.id}')"}
    assert ask(world, "POST", ada, body).json["error"]["message"] == (
        f"AAD App Id '{world.bot_app_id}' is not allowed to manage the Teams App '{other.id}'"
    )
    world.granted.add("TeamsAppInstallation.ReadWriteForUser.All")
    assert ask(world, "POST", ada, body).status == 201
    found = ask(world, "GET", f"{ada}?$expand=teamsAppDefinition($expand=bot)").json["value"]
    assert [one["teamsAppDefinition"].get("bot") for one in found] == [
        {"id": world.bot_app_id},
        None,
    ]
    world.granted = {
        "TeamsAppInstallation.ReadForUser.All",
        "TeamsAppInstallation.ReadWriteSelfForUser.All",
    }
    assert code(ask(world, "DELETE", f"{ada}/{found[1]['id']}")) == (404, "NotFound")
    world.granted.add("TeamsAppInstallation.ReadWriteForUser.All")
    chat = ask(world, "GET", f"{ada}/{found[1]['id']}/chat").json["id"]
    assert other.id in chat
    assert ask(world, "DELETE", f"{ada}/{found[1]['id']}").status == 204
    assert heard(world) == [] and world.people[0].installed


def test_consent_can_be_left_out_when_only_delegated_permissions_are_asked_for(
    world: World,
) -> None:
    app = world.catalog[0]
    installed = f"/v1.0/users/{of(world, 'Barbara Liskov').email}/teamwork/installedApps"
    app.permissions = [("ChatMessage.Read.Chat", "application")]
    refused = ask(world, "POST", installed, bind(world))
    assert refused.json["error"]["innerError"]["code"] == "InvalidRequest"
    app.permissions = [("OnlineMeeting.ReadBasic.Chat", "delegated")]
    assert ask(world, "POST", installed, bind(world)).status == 201


def test_an_install_without_an_app_is_refused(world: World) -> None:
    refused = ask(world, "POST", f"/v1.0/users/{ADA}/teamwork/installedApps")
    assert "teamsApp@odata.bind" in refused.json["error"]["message"]


@pytest.mark.parametrize("given", ["all", {"resourceSpecificPermissions": ["all"]}])
def test_a_consent_that_cannot_be_read_is_refused(world: World, given: Any) -> None:
    barbara = of(world, "Barbara Liskov")
    body = bind(world) | {"consentedPermissionSet": given}
    refused = ask(world, "POST", f"/v1.0/users/{barbara.email}/teamwork/installedApps", body)
    assert "has a list resourceSpecificPermissions" in refused.json["error"]["message"]
    assert not barbara.installed
