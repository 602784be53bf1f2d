"""The parts that installing through Graph needs, and a bot needs anyway."""

from __future__ import annotations

import json

from samples.local_teams.model.contoso import contoso
from samples.runner.app_package.rules import problems
from tests.support import ROOT

APP = ROOT / "samples" / "prepare" / "app"


def test_it_is_the_app_of_local_teams_and_teams_takes_it() -> None:
    """A Self permission reaches the app whose webApplicationInfo.id is the caller's app id."""
    files = {path.name: path.read_bytes() for path in APP.iterdir()}
    assert [*problems(files)] == []
    manifest, world = json.loads(files["manifest.json"]), contoso()
    assert manifest["id"] == world.catalog[0].manifest_id
    assert manifest["bots"][0]["botId"] == manifest["webApplicationInfo"]["id"]
    assert manifest["webApplicationInfo"]["id"] == world.bot_app_id
    assert manifest["name"]["short"] == world.bot_name
