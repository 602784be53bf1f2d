"""The parts that installing through Graph needs, and a bot needs anyway."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft7Validator

from samples.local_teams.model.contoso import contoso
from tests.support import ROOT

GUID = {"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}
TEXT = {"type": "string", "minLength": 1}
URL = {"type": "string", "pattern": "^https://", "maxLength": 2048}


def objects(required: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": required | more, "required": list(required)}


# What Microsoft's schema of version 1.25 demands of the parts that are here.
SCHEMA = objects(
    {
        "manifestVersion": {"const": "1.25"},
        "version": {"type": "string", "pattern": r"^\d+\.\d+\.\d+$"},
        "id": GUID,
        "developer": objects(
            {
                "name": TEXT | {"maxLength": 32},
                "websiteUrl": URL,
                "privacyUrl": URL,
                "termsOfUseUrl": URL,
            }
        ),
        "name": objects({"short": TEXT | {"maxLength": 30}}, full=TEXT | {"maxLength": 100}),
        "description": objects(
            {"short": TEXT | {"maxLength": 80}, "full": TEXT | {"maxLength": 4000}}
        ),
        "icons": objects({"color": TEXT, "outline": TEXT}),
        "accentColor": {"type": "string", "pattern": "^#[0-9A-Fa-f]{6}$"},
        "bots": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1,
            "items": objects(
                {
                    "botId": GUID,
                    "scopes": {
                        "type": "array",
                        "items": {"enum": ["personal", "team", "groupChat"]},
                        "uniqueItems": True,
                    },
                }
            ),
        },
        "webApplicationInfo": objects({"id": GUID, "resource": TEXT}),
    }
)


@pytest.fixture
def manifest() -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(
        (ROOT / "samples/prepare/app/manifest.json").read_text("utf-8")
    )
    return payload


def test_it_has_every_part_that_teams_demands(manifest: dict[str, Any]) -> None:
    assert [error.message for error in Draft7Validator(SCHEMA).iter_errors(manifest)] == []


def test_a_part_that_is_missing_is_noticed(manifest: dict[str, Any]) -> None:
    del manifest["webApplicationInfo"], manifest["bots"][0]["scopes"]
    errors = [error.message for error in Draft7Validator(SCHEMA).iter_errors(manifest)]
    assert sorted(errors) == [
        "'scopes' is a required property",
        "'webApplicationInfo' is a required property",
    ]


def test_it_is_the_app_of_local_teams(manifest: dict[str, Any]) -> None:
    """A Self permission reaches the app whose webApplicationInfo.id is the caller's app id."""
    world = contoso()
    assert manifest["id"] == world.catalog[0].manifest_id
    assert manifest["bots"][0]["botId"] == manifest["webApplicationInfo"]["id"]
    assert manifest["webApplicationInfo"]["id"] == world.bot_app_id
    assert manifest["name"]["short"] == world.bot_name
