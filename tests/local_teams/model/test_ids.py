"""Ids have the shapes that Teams uses."""

from __future__ import annotations

import re

from samples.local_teams.model.world import World


def test_ids_have_the_shapes_that_teams_uses(world: World) -> None:
    payload = world.as_json("http://127.0.0.1/")
    guid = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    assert re.fullmatch(guid, payload["tenantId"])
    assert re.fullmatch(f"28:{guid}", payload["bot"]["id"])
    assert payload["bot"]["id"] == f"28:{payload['bot']['appId']}"
    for person in payload["people"]:
        assert re.fullmatch(r"29:1[\w-]{43}", person["id"])
        assert re.fullmatch(guid, person["aadObjectId"])
        assert person["chatId"] is None or re.fullmatch(r"a:1[\w-]{86}", person["chatId"])
    for chat in payload["groupChats"]:
        assert re.fullmatch(r"19:[0-9a-f]{32}@thread\.v2", chat["id"])
        assert set(chat["members"]) <= {p["id"] for p in payload["people"]}
    for team in payload["teams"]:
        assert team["id"] == team["channels"][0]["id"]
        assert all(
            re.fullmatch(r"19:[0-9a-f]{32}@thread\.tacv2", c["id"]) for c in team["channels"]
        )
