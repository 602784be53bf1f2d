"""With supportsSessions in the manifest, each create opens a session."""

from __future__ import annotations

from typing import Any

import pytest

from samples.facts import refusal
from samples.local_teams.model.world import World
from tests.support.acting import let
from tests.support.connector import create, error, personal, said, send


@pytest.fixture
def ada_with_sessions(world: World) -> World:
    world.catalog[0].supports_sessions = True
    return world


@pytest.mark.parametrize("more", [{}, {"activity": None}, {"activity": []}])
def test_a_create_needs_exactly_one_activity(
    ada_with_sessions: World, more: dict[str, Any]
) -> None:
    world = ada_with_sessions
    refused = error(create(world, **personal(world, world.people[0].id, **more)))
    assert refused[:2] == (400, "BadSyntax")
    row = refusal(*refused)
    assert row and row.action == "stop" and "as `activity`" in row.remedy
    assert world.sessions == {}


def test_each_create_opens_another_session_and_the_chat_stays_the_default_one(
    ada_with_sessions: World,
) -> None:
    world, ada = ada_with_sessions, ada_with_sessions.people[0]
    made = [create(world, **personal(world, ada.id, activity=said(f"Build {n}"))) for n in (1, 2)]
    assert [one.status for one in made] == [201, 201]
    one, two = world.sessions[ada.id]
    assert made[0].json == {"id": one.id, "activityId": one.messages[0]["id"]}
    assert (one.name, two.name) == ("Build 1", "Build 2") and one.id != two.id
    assert send(world, one.id).status == send(world, world.personal_chat(ada).id).status == 201
    assert len(one.messages) == 2 and len(world.personal_chat(ada).messages) == 1
    assert [world.default_of(c) for c in (world.personal_chat(ada), one)] == [ada.id, None]
    assert {one, two} <= set(world.conversations())
    shown = world.as_json("")
    assert shown["supportsSessions"] and shown["people"][0]["sessions"] == [
        {"id": one.id, "name": "Build 1"},
        {"id": two.id, "name": "Build 2"},
    ]


def test_a_person_writes_in_a_session_and_the_version_of_the_app_tells_who_has_them(
    ada_with_sessions: World,
) -> None:
    world, ada = ada_with_sessions, ada_with_sessions.people[0]
    session = create(world, **personal(world, ada.id, activity=said("Build"))).json["id"]
    [answered] = let(world, "Ada", "says", where=session, text="thanks")
    assert answered["conversation"]["id"] == session
    app = {"id": world.catalog[0].manifest_id, "version": "1.0.0"}
    assert answered["channelData"]["app"] == app
    _, installed = let(world, "Ada", "installs")
    assert installed["conversation"]["id"] == world.personal_chat(ada).id
    assert installed["channelData"]["app"] == app
    [asked] = let(world, "Ada", "says", where="Launch party", text="<at>Contoso Notifier</at>")
    assert "app" not in asked["channelData"]


def test_without_the_switch_nothing_changes(world: World) -> None:
    ada = world.people[0]
    for _ in range(2):
        assert create(world, **personal(world, ada.id)).json == {"id": world.personal_chat(ada).id}
    assert "app" not in let(world, "Ada", "says", text="hi")[0]["channelData"]
