"""The local API: reading the world, acting as a person, and setting the bot."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import web

from samples.local_teams.testing import LocalTeams
from samples.runner.running import start
from tests.support.fetching import get_json
from tests.support.listening import Listener


def test_the_world_says_what_is_there(teams: LocalTeams) -> None:
    payload = get_json(f"{teams.service_url}_local/world")
    assert payload == teams.world.as_json(teams.service_url)
    assert {"serviceUrl", "tenantId", "bot", "people", "groupChats", "teams"} <= set(payload)
    assert {"id", "aadObjectId", "name", "installed", "blocked"} <= set(payload["people"][0])
    assert {"id", "members", "installed"} <= set(payload["groupChats"][0])
    assert {"id", "name", "installed", "channels"} <= set(payload["teams"][0])
    assert set(payload["teams"][0]["channels"][0]) == {"id", "name"}
    assert payload["teams"][0]["aadGroupId"] == teams.world.teams[0].aad_group_id
    assert payload["groups"] == [{"id": teams.world.groups[0].id, "name": "Everyone"}]
    app = teams.world.catalog[0]
    shown = {"id": app.id, "manifestId": app.manifest_id, "name": app.name}
    assert payload["catalog"] == [shown]


def _ask(teams: LocalTeams, method: str, path: str, body: Any = None) -> tuple[int, Any, Any]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{teams.service_url}{path}", data, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text else None, answer.headers
    except urllib.error.HTTPError as error:
        return error.code, json.load(error), error.headers


def test_sessions_are_switched_over_http(teams: LocalTeams) -> None:
    assert _ask(teams, "GET", "_local/sessions")[:2] == (200, {"on": False})
    assert _ask(teams, "PUT", "_local/sessions", {"on": True})[:2] == (200, {"on": True})
    assert teams.world.supports_sessions
    assert _ask(teams, "PUT", "_local/sessions", {"on": "no"})[0] == 400
    assert _ask(teams, "PUT", "_local/sessions", {})[0] == 400
    assert get_json(f"{teams.service_url}_local/world")["supportsSessions"]


def test_a_service_url_with_region_and_tenant_and_any_case_is_served(teams: LocalTeams) -> None:
    world = teams.world
    chat = quote(world.personal_chat(world.people[0]).id, safe="")
    path = f"amer/{world.tenant_id}/V3/Conversations/{chat}/Activities"
    card = {"contentType": "application/vnd.microsoft.card.adaptive", "content": {}}
    both = {"type": "message", "text": "Hello", "attachments": [card]}
    status, body, headers = _ask(teams, "POST", path, both)
    assert (status, body) == (202, None) and "json" not in headers.get("Content-Type", "")
    status, body, _ = _ask(teams, "GET", "v1/meetings/x")
    assert status == 404 and body["error"]["code"] == "NotFound"
    page = _ask(teams, "GET", "V1.0/Users?$top=2")[1]["@odata.nextLink"]
    assert page.startswith(f"{teams.service_url}V1.0/Users?")


@pytest.mark.usefixtures("environ")
def test_messages_are_told_oldest_first(teams: LocalTeams) -> None:
    chat = teams.world.personal_chat(teams.world.people[0])
    start("to_person")
    start("to_person")
    payload = get_json(f"{teams.service_url}_local/conversations/{quote(chat.id)}")
    assert [m["text"] for m in payload] == ["The report you asked for is ready."] * 2
    assert [m["timestamp"][11:19] for m in payload] == ["09:00:00", "09:00:01"]


def test_an_unknown_conversation_is_named(teams: LocalTeams) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        get_json(f"{teams.service_url}_local/conversations/a%3A1nowhere")
    assert caught.value.code == 404
    assert json.load(caught.value) == {"error": "There is no conversation a:1nowhere"}
    caught.value.close()


@pytest.mark.usefixtures("environ")
def test_only_the_end_of_a_conversation_on_request(teams: LocalTeams) -> None:
    chat = teams.world.personal_chat(teams.world.people[0])
    for text in "abc":
        teams.world.post(chat, {"type": "message", "text": text})
    payload = get_json(f"{teams.service_url}_local/conversations/{quote(chat.id)}?last=2")
    assert [m["text"] for m in payload] == ["b", "c"]


def ask(teams: LocalTeams, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode() if body else None
    request = urllib.request.Request(f"{teams.service_url}_local/{path}", data, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_a_happening_is_let_happen_and_delivered(teams: LocalTeams) -> None:
    says = {"who": "Ada", "does": "says", "text": "hi"}
    status, payload = ask(teams, "POST", "happenings", says)
    assert (status, payload["delivered"], payload["trouble"]) == (200, 0, [])  # there is no bot yet
    assert [activity["text"] for activity in payload["sent"]] == ["hi"]
    listener = Listener(200, 404)
    teams.connect(listener)
    assert ask(teams, "POST", "happenings", says)[1]["delivered"] == 1
    payload = ask(teams, "POST", "happenings", says)[1]
    assert payload["delivered"] == 0 and "404 from the bot" in payload["trouble"][0]
    assert listener.texts == ["hi", "hi"]
    assert payload["sent"][0]["serviceUrl"] == teams.service_url


def test_a_pressed_button_is_answered_with_a_card(teams: LocalTeams) -> None:
    adaptive = "application/vnd.microsoft.card.adaptive"

    async def bot(request: web.Request) -> web.Response:
        data = (await request.json())["value"]["action"]["data"]
        again = {"type": "Action.Execute", "title": f"Not {data['why']}"}
        body = [{"type": "TextBlock", "text": data["why"]}]
        done = {"type": "AdaptiveCard", "body": body, "actions": [again]}
        return web.json_response({"statusCode": 200, "type": adaptive, "value": done})

    teams.connect(bot)
    card = {"actions": [{"type": "Action.Execute", "title": "Approve"}]}
    attachments = [{"contentType": adaptive, "content": card}]
    chat = teams.world.personal_chat(teams.world.people[0])
    teams.world.post(chat, {"type": "message", "attachments": attachments})
    presses = {"who": "Ada", "does": "presses", "text": "Approve", "inputs": {"why": "cheap"}}
    status, payload = ask(teams, "POST", "happenings", presses)
    assert (status, payload["trouble"]) == (200, [])
    assert payload["shown"]["card"]["body"][0]["text"] == "cheap"
    with pytest.raises(ValueError, match="There are: Not cheap"):  # her card is replaced
        teams.person("Ada").presses("Approve", why="fine")
    [sent] = teams.person("Ada").presses("Not cheap", why="fine")
    assert sent["value"]["action"]["data"] == {"why": "fine"}


@pytest.mark.parametrize(
    ("body", "error_text"),
    [
        (b"{", "Expecting property name"),
        (b"[]", "The body must be a JSON object, not []"),
        ({"who": "Ada", "does": "says", "wer": "x"}, "'wer' cannot be 'x'. There are: who (str), "),
        ({"who": "Ada", "does": "says", "text": 3}, "'text' cannot be 3."),
        ({"who": "Ada", "does": "presses", "inputs": "x"}, "'inputs' cannot be 'x'."),
        ({"who": "Ada", "does": "dances"}, "'dances' is not one of says, installs"),
        ({"does": "says"}, "Nobody is called ''. There are: Ada Lovelace"),
    ],
)
def test_a_slip_in_a_happening_is_named(teams: LocalTeams, body: Any, error_text: str) -> None:
    status, answer = ask(teams, "POST", "happenings", body)
    assert status == 400 and error_text in answer["error"]
    assert all(not c.messages for c in teams.world.conversations())


def test_the_bot_is_told_asked_for_and_taken_away(teams: LocalTeams) -> None:
    none = {"url": None, "duplicates": 1, "lost": 0}
    assert ask(teams, "GET", "bot") == (200, none)
    there = {"url": "http://127.0.0.1:3978/api/messages", "duplicates": 2, "lost": 1}
    assert ask(teams, "PUT", "bot", there) == ask(teams, "GET", "bot") == (200, there)
    assert teams.deliveries.url == there["url"]
    assert ask(teams, "PUT", "bot", {"duplicates": 0, "lost": -1})[1] == {
        **none,
        "url": there["url"],
    }
    for body, error_text in (
        ({"url": "x"}, "'x' is not the URL of a messaging"),
        ({"url": 1}, "'url' cannot be 1"),
    ):
        status, answer = ask(teams, "PUT", "bot", body)
        assert status == 400 and error_text in answer["error"]
    assert ask(teams, "DELETE", "bot") == ask(teams, "GET", "bot") == (200, none)
