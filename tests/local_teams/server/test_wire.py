"""The wire: every request with its response, numbered."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections import deque
from datetime import UTC, datetime, timedelta

import pytest

from samples.local_teams.model.contoso import contoso
from samples.local_teams.server.app import make_app
from samples.local_teams.server.hub import HUB
from samples.local_teams.server.serving import serving
from samples.local_teams.server.wire import WIRE_KEPT
from samples.local_teams.testing import LocalTeams
from samples.runner.running import start
from tests.support.fetching import get_json


def test_every_request_is_kept_with_its_answer(teams: LocalTeams) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        get_json(f"{teams.service_url}v3/conversations")
    caught.value.close()
    [exchange] = teams.wire
    assert (exchange.request.method, exchange.request.path) == ("GET", "/v3/conversations")
    assert exchange.response.status == caught.value.code == 405


@pytest.mark.usefixtures("environ")
def test_the_wire_is_numbered_and_told_from_any_number_on(teams: LocalTeams) -> None:
    start("to_person")
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{teams.service_url}v3/conversations", b"no JSON")
    caught.value.close()
    exchanges = get_json(f"{teams.service_url}_local/wire")
    assert [one["number"] for one in exchanges] == list(range(1, len(exchanges) + 1))
    sent = next(one for one in exchanges if "/activities" in one["path"])
    assert (sent["direction"], sent["method"], sent["status"]) == ("to Teams", "POST", 201)
    assert sent["body"]["text"] == "The report you asked for is ready."
    assert sent["answer"]["id"]
    assert datetime.now(UTC) - datetime.fromisoformat(sent["at"]) < timedelta(minutes=1)
    assert exchanges[-1]["body"] == "no JSON" and exchanges[-1]["status"] == 400
    assert get_json(f"{teams.service_url}_local/wire?after={len(exchanges) - 1}") == exchanges[-1:]


def test_the_wire_from_a_number_that_is_none(teams: LocalTeams) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        get_json(f"{teams.service_url}_local/wire?after=-1")
    assert caught.value.code == 400
    assert json.load(caught.value) == {"error": "after is a number, not '-1'"}
    caught.value.close()


def test_a_server_keeps_the_end_of_the_wire() -> None:
    """A server runs for days; a test may count all that its bot asked."""
    with serving(make_app(contoso())) as url:
        for _ in range(3):
            with pytest.raises(urllib.error.HTTPError) as caught:
                get_json(f"{url}v3/conversations")
            caught.value.close()
        assert [one["number"] for one in get_json(f"{url}_local/wire")] == [1, 2, 3]
    kept = make_app(contoso())[HUB].wire
    assert isinstance(kept, deque) and kept.maxlen == WIRE_KEPT == 1000
