"""Sends that failed, and where they show."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from samples.local_teams.model.exchange import Request, Response
from samples.local_teams.model.faults import Fault
from samples.local_teams.model.world import World
from samples.local_teams.server.hub import CANNOT, Hub
from samples.local_teams.to_bot.deliveries import Deliveries

HI = {"type": "message", "text": "hi"}


def ask(world: World, path: str, body: Any = None) -> list[dict[str, Any]]:
    """What failed of a request."""
    hub = Hub(world, [], Deliveries())
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    hub.answer(Request("POST", f"/v3/conversations{path}", {}, data))
    return list(hub.failed_sends)


def activities(conversation_id: str) -> str:
    return f"/{quote(conversation_id, safe='')}/activities"


def test_a_refused_message_shows_in_the_chat_after_what_was_said_before(world: World) -> None:
    ada = world.people[0]
    chat = world.personal_chat(ada)
    said = world.post(chat, HI)
    assert ask(world, activities(chat.id), HI) == []
    ada.blocked = True
    assert ask(world, activities(chat.id), HI) == [
        {
            "number": 1,
            "row": ada.id,
            "after": chat.messages[-1]["id"],
            "status": 403,
            "code": "MessageWritesBlocked",
            "text": "hi",
            "arrived": False,
        }
    ]
    assert said["id"] != chat.messages[-1]["id"]


def test_a_chat_that_cannot_be_created_shows_at_the_person(world: World) -> None:
    barbara = world.people[5]  # who has no chat yet
    body = {"members": [{"id": barbara.id}], "channelData": {"tenant": {"id": world.tenant_id}}}
    [failed] = ask(world, "", body)
    assert (failed["row"], failed["after"], failed["status"]) == (barbara.id, "", 403)


def test_a_refused_thread_shows_in_its_channel(world: World) -> None:
    channel = world.teams[1].channels[0]  # of a team without the app
    body = {"isGroup": True, "channelData": {"channel": {"id": channel.id}}, "activity": HI}
    [failed] = ask(world, "", body)
    assert (failed["row"], failed["text"]) == (channel.id, "hi")
    [failed] = ask(world, activities(channel.id), {"type": "message", "attachments": []})
    assert (failed["row"], failed["text"]) == (channel.id, "a card")


def test_a_message_that_arrived_all_the_same_says_so(world: World) -> None:
    chat = world.personal_chat(world.people[0])
    world.faults.append(Fault(502, after=True))
    [failed] = ask(world, activities(chat.id), HI)
    assert (failed["status"], failed["arrived"]) == (502, True)
    world.faults.append(Fault(drop=True))
    [failed] = ask(world, activities(chat.id), HI)
    assert (failed["status"], failed["code"], failed["arrived"]) == (0, "", False)


def test_other_requests_show_nowhere(world: World) -> None:
    chat = world.personal_chat(world.people[3])
    world.people[3].blocked = True
    assert ask(world, "/a%3Anowhere/activities", HI) == []
    assert ask(world, activities(chat.id), {"type": "typing"}) == []
    odd: list[Any] = [b"{", [], {"members": []}, {"members": [1]}, {"channelData": {"channel": 1}}]
    for body in odd:
        assert ask(world, "", body) == []


def test_a_request_on_which_local_teams_fails_is_answered_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(world: World, request: Request) -> Response:
        raise KeyError("odd")

    hub, request = Hub(world, [], Deliveries()), Request("GET", "/v3/conversations")
    with monkeypatch.context() as patch:
        patch.setattr("samples.local_teams.server.hub.answer", fail)
        refused = hub.answer(request)
    assert refused.status == 400
    assert refused.json["error"] == {"code": "BadRequest", "message": CANNOT}
    assert hub.answer(request).status == 405
    assert [exchange.response.status for exchange in hub.wire] == [400, 405]
