"""Graph's published examples, field by field.

`graph_examples.json` has the requests and answers of the examples in Graph's reference, and the
refusals that people reported, each with its source and the world that it supposes. `<…>` is a
value that a server makes up; the text around the dots is compared.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from samples.local_teams.model.catalog import App
from samples.local_teams.model.limits import Limits
from samples.local_teams.model.people import Group
from samples.local_teams.model.teams import Conversation, GroupChat
from samples.local_teams.model.world import World
from samples.runner.recording import ticking
from tests.support.graph import ask

EXAMPLES: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("graph_examples.json").read_text("utf-8")
)


SHAPES = {
    "<opaque>": r"[A-Za-z0-9+/]+={0,2}",
    "<time>": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z",
    "<date>": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d",
    "<guid>": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "<seconds>": r"\d+(\.\d+)?",
    "<json>": r"application/json.*",
}


world_time = ticking()()


def differences(published: Any, answered: Any, where: str = "") -> list[str]:
    """What of a published answer is not in ours, field by field."""
    if isinstance(published, dict) and isinstance(answered, dict):
        return [
            line
            for key, value in published.items()
            for line in (
                differences(value, answered[key], f"{where}/{key}")
                if key in answered
                else [f"{where}/{key} is missing"]
            )
        ]
    if isinstance(published, list) and isinstance(answered, list):
        if len(published) != len(answered):
            return [f"{where} has {len(answered)} for {len(published)}"]
        pairs = enumerate(zip(published, answered, strict=True))
        return [line for n, (a, b) in pairs for line in differences(a, b, f"{where}/{n}")]
    if isinstance(published, str) and published.startswith("<"):
        shape = SHAPES.get(published) or ".+".join(map(re.escape, published[1:-1].split("…")))
        if isinstance(answered, str) and re.fullmatch(shape, answered):
            return []
    return [] if published == answered else [f"{where} is {answered!r}, not {published!r}"]


def build(supposed: dict[str, Any]) -> World:
    """The world that an example supposes: nothing else is in it."""
    world = World(clock=ticking())
    for person in supposed.get("people", []):
        made = world.add_person(person["name"], installed=False, aad_object_id=person["id"])
        made.profile = person.get("profile", {})
    for chat in supposed.get("chats", []):
        members = [p for p in world.people if p.aad_object_id in chat["members"]]
        conversation = Conversation(chat["id"], "groupChat", chat["topic"] or "", members)
        world.add_chat(GroupChat(conversation, False, chat["topic"], chat.get("created", "-")))
    for team in supposed.get("teams", []):
        world.add_team(team["name"], installed=False, aad_group_id=team["id"])
    groups = {g["id"]: Group(g["id"], g["name"]) for g in supposed.get("groups", [])}
    for group in supposed.get("groups", []):
        made_group = groups[group["id"]]
        made_group.members = [p for p in world.people if p.aad_object_id in group["members"]]
        made_group.groups = [groups[inner] for inner in group.get("groups", [])]
    world.groups = list(groups.values())
    world.catalog = [catalog_app(app) for app in supposed.get("apps", [])]
    world.granted = set(supposed.get("granted", world.granted))
    if supposed.get("throttled"):
        world.limits = Limits(lambda: world_time)
        for _ in range(30):
            assert ask(world, "GET", "/v1.0/appCatalogs/teamsApps").status == 200
    return world


def catalog_app(payload: dict[str, Any]) -> App:
    consented = [tuple(one) for one in payload.get("consented", [])]
    more = {key: payload[key] for key in payload if key not in ("installed", "consented")}
    more["permissions"] = [tuple(one) for one in payload.get("permissions", [])]
    more["blocked"] = set(payload.get("blocked", []))
    return App(**more, installed={where: consented for where in payload.get("installed", [])})


@pytest.mark.parametrize("example", EXAMPLES, ids=[one["name"] for one in EXAMPLES])
def test_a_published_example_is_answered_field_by_field(example: dict[str, Any]) -> None:
    world = build(example.get("world", {}))
    method, _, path = example["request"]["line"].partition(" ")
    answered = ask(world, method, path, example["request"].get("body"))
    assert answered.status == example["status"], answered.json
    assert differences(example.get("headers", {}), dict(answered.headers)) == []
    assert differences(example["answer"], answered.json) == []


def test_the_comparison_of_examples_can_fail() -> None:
    assert differences({"a": [{"b": 1}], "c": "<guid>"}, {"a": [{"b": 2}], "c": "no"}) == [
        "/a/0/b is 2, not 1",
        "/c is 'no', not '<guid>'",
    ]
    assert differences({"a": 1}, {}) == ["/a is missing"]
    assert differences([1], []) == [" has 0 for 1"]
