"""A bot gets what Teams sends, in order, and again when it fails."""

from __future__ import annotations

import asyncio
import urllib.request
from typing import Any

import jwt
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from samples.local_teams.events.actions import UserAction, perform
from samples.local_teams.model.contoso import contoso
from samples.local_teams.model.exchange import Request, Response
from samples.local_teams.model.messages import Activity
from samples.local_teams.sign_in.authority import Authority
from samples.local_teams.testing import LocalTeams, NotDelivered
from samples.local_teams.testing.bots import bot_application
from samples.local_teams.to_bot import courier
from samples.local_teams.to_bot.courier import Courier
from samples.local_teams.to_bot.deliveries import Deliveries
from tests.support.listening import Listener
from tests.support.waiting import DEADLINE


def test_what_the_bot_is_sent_goes_over_the_wire_in_order(teams: LocalTeams) -> None:
    listener = Listener()
    teams.connect(listener)
    sent = teams.person("Barbara").install() + teams.person("Ada").says("hallo, Wörld")
    assert listener.got == sent
    assert [activity["type"] for activity in sent] == [
        *("conversationUpdate", "installationUpdate", "message")
    ]
    assert listener.headers[2]["x-ms-conversation-id"] == teams.chat("Ada").id
    assert listener.headers[2]["x-ms-tenant-id"] == teams.world.tenant_id
    assert "Authorization" not in listener.headers[2]
    assert [(e.direction, e.request.method, e.response.status) for e in teams.wire] == [
        ("to the bot", "POST", 200)
    ] * 3
    assert teams.wire[2].request.path == teams.deliveries.url
    assert teams.wire[2].request.json == sent[2]


def test_what_the_bot_is_sent_is_signed_where_there_is_an_authority() -> None:
    world, listener = contoso(), Listener()
    with LocalTeams(world, Authority.of(world)) as teams:
        teams.connect(listener)
        teams.person("Ada").says("hi")
    kind, token = listener.headers[0]["Authorization"].split()
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (kind, claims["aud"]) == ("Bearer", world.bot_app_id)
    assert claims["serviceurl"] == teams.service_url


def test_a_bot_that_fails_gets_it_again(teams: LocalTeams) -> None:
    listener = Listener(500, 503)
    teams.connect(listener)
    teams.person("Ada").says("hi")
    assert listener.texts == ["hi"] * 3
    assert [e.response.status for e in teams.wire] == [500, 503, 200]


def test_a_bot_that_keeps_failing_is_given_up_and_the_next_thing_is_sent(teams: LocalTeams) -> None:
    listener = Listener(500, 500, 500)
    teams.connect(listener)
    with pytest.raises(NotDelivered, match=r"500 from the bot at http.*messages to message: .*"):
        teams.person("Ada").says("hi")
    teams.person("Ada").says("again")
    assert listener.texts == ["hi", "hi", "hi", "again"]


def test_a_bot_that_refuses_is_not_asked_again(teams: LocalTeams) -> None:
    listener = Listener(401)
    teams.connect(listener)
    with pytest.raises(NotDelivered, match="401 from the bot"):
        teams.person("Ada").says("hi")
    assert listener.texts == ["hi"]


def test_a_bot_that_keeps_silent_gets_it_again(teams: LocalTeams) -> None:
    """That is how a slow bot comes to answer twice."""
    got: list[str] = []

    async def slow_once(request: web.Request) -> web.Response:
        got.append((await request.json())["text"])
        if len(got) == 1:
            await asyncio.sleep(DEADLINE)
        return web.Response()

    teams.connect(slow_once)
    teams.deliveries.patience = 1.0
    teams.person("Ada").says("hi")
    assert got == ["hi", "hi"]
    assert [(e.response.status, e.response.dropped) for e in teams.wire] == [
        (0, True),
        (200, False),
    ]


def test_a_bot_that_is_not_there_is_named(teams: LocalTeams, unused_tcp_port: int) -> None:
    teams.connect(f"http://127.0.0.1:{unused_tcp_port}/api/messages")
    with pytest.raises(NotDelivered, match=f"No answer from the bot at .*:{unused_tcp_port}/"):
        teams.person("Ada").says("hi")
    assert teams.chat("Ada").messages[0]["text"] == "hi"  # it was said all the same
    teams.disconnect()
    assert len(teams.person("Ada").says("is anybody there?")) == 1


def test_deliveries_are_doubled_and_lost_on_demand(teams: LocalTeams) -> None:
    listener = Listener()
    teams.connect(listener)
    teams.deliveries.duplicates = 2
    teams.person("Ada").says("twice")
    assert listener.got[0] == listener.got[1]
    teams.deliveries.duplicates = 1
    teams.deliveries.lost = 1
    teams.person("Ada").says("once lost")
    assert listener.texts == ["twice", "twice", "once lost"]
    assert [e.response.dropped for e in teams.wire] == [False, False, True, False]
    teams.deliveries.lost = 3
    with pytest.raises(NotDelivered, match=r"The delivery got lost\. Teams tried 3 times"):
        teams.person("Ada").says("lost for good")
    assert teams.deliveries.lost == 0
    assert listener.texts[3:] == []


def test_what_a_request_made_teams_send_comes_after_its_answer(
    teams: LocalTeams, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bot installs itself somewhere while it answers, and hears of it when it has answered."""
    order: list[str] = []

    def answer(world: Any, request: Request) -> Response:
        world.pending = perform(world, UserAction("Barbara", "installs"))
        return Response(201, {}, b"")

    async def bot(request: web.Request) -> web.Response:
        activity = await request.json()
        order.append(activity["type"])
        if activity["type"] == "message":
            post = urllib.request.Request(f"{activity['serviceUrl']}v3/x", b"{}")
            await asyncio.to_thread(lambda: urllib.request.urlopen(post).close())
            order.append("answered")
        return web.Response()

    monkeypatch.setattr("samples.local_teams.server.hub.answer", answer)
    teams.connect(bot)
    teams.person("Ada").says("install yourself at Barbara's")
    assert order == ["message", "answered", "conversationUpdate", "installationUpdate"]
    assert teams.world.pending == []


def test_a_bot_that_is_taken_away_gets_nothing_more(teams: LocalTeams) -> None:
    got: list[str] = []

    async def bot(request: web.Request) -> web.Response:
        got.append((await request.json())["type"])
        teams.disconnect()
        return web.Response()

    teams.connect(bot)
    with pytest.raises(NotDelivered, match="disconnected before"):
        teams.person("Barbara").install()
    assert got == ["conversationUpdate"]


async def test_what_nobody_waits_for_any_more_is_delivered_all_the_same() -> None:
    listener = Listener()
    app = bot_application(listener)
    world = contoso()
    kept: list[tuple[Request, Response]] = []
    async with TestServer(app) as server:
        deliveries = Deliveries(str(server.make_url("/api/messages")))
        courier = Courier(
            world, deliveries, lambda request, response: kept.append((request, response))
        )
        [waiting] = courier.post(perform(world, UserAction("Ada", "says", text="hi")))
        waiting.cancel()
        work = asyncio.create_task(courier.work())
        [more] = courier.post(perform(world, UserAction("Ada", "says", text="there")))
        assert await more == ("", None)
        await courier.settled()
        work.cancel()
    assert listener.texts == ["hi", "there"]
    assert len(kept) == 2


def test_an_answer_that_is_no_json_is_kept_as_text(teams: LocalTeams) -> None:
    async def bot(request: web.Request) -> web.Response:
        return web.Response(text="ok: done")

    teams.connect(bot)
    teams.person("Ada").says("hi")
    assert teams.wire[0].response.json == "ok: done"


def test_half_of_a_character_in_a_card_comes_back_as_the_bot_wrote_it(teams: LocalTeams) -> None:
    action = {"type": "Action.Submit", "title": "Go", "data": {"cut": "\ud83d"}}
    card = {"type": "AdaptiveCard", "actions": [action]}
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    chat = teams.world.personal_chat(teams.world.people[0])
    teams.world.post(chat, {"type": "message", "attachments": [attachment]})
    listener = Listener()
    teams.connect(listener)
    teams.person("Ada").presses("Go")
    assert listener.got[0]["value"] == {"cut": "\ud83d"}


async def test_what_cannot_be_signed_is_told_and_the_next_thing_is_sent() -> None:
    def sign(activity: Activity) -> str:
        if activity["text"] == "hi":
            raise KeyError("no key")
        return "Bearer x"

    listener, world = Listener(), contoso()
    kept: list[tuple[Request, Response]] = []
    async with TestServer(bot_application(listener)) as server:
        deliveries = Deliveries(str(server.make_url("/api/messages")), sign=sign)
        courier = Courier(
            world, deliveries, lambda request, response: kept.append((request, response))
        )
        said = [UserAction("Ada", "says", text=text) for text in ("hi", "there")]
        first, second = courier.post([one for action in said for one in perform(world, action)])
        work = asyncio.create_task(courier.work())
        assert await first == ("Not delivered: KeyError: 'no key'", None)
        assert await second == ("", None)
        work.cancel()
    assert listener.texts == ["there"]
    assert [(r.json["text"], answered.dropped) for r, answered in kept] == [
        ("hi", True),
        ("there", False),
    ]


async def test_a_bot_that_does_not_keep_up_gets_no_more_than_so_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(courier, "QUEUED", 2)
    world = contoso()
    activities = perform(world, UserAction("Ada", "says", text="hi")) * 3
    waiting = Courier(world, Deliveries("http://127.0.0.1:9/api/messages"), lambda *_: None)
    done = waiting.post(activities)
    assert [future.done() for future in done] == [False, False, True]
    assert done[2].result().error_text == "2 activities wait for the bot already."
