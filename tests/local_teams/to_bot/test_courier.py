"""A bot gets what Teams sends, in order, and again when it fails."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from typing import Any

import jwt
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from botbuilder.core import ActivityHandler, TurnContext

from samples.local_teams.events.actions import Happening, happen
from samples.local_teams.model.exchange import Request, Response
from samples.local_teams.model.world import contoso
from samples.local_teams.server.app import LocalTeams
from samples.local_teams.sign_in.authority import Authority
from samples.local_teams.to_bot.courier import Bot, Courier, NotDelivered, application
from samples.shared.bot import connect
from samples.shared.endpoint import messages_app
from tests.support.waiting import DEADLINE


class Listener:
    """A bot that remembers what it got, and answers with these statuses, then with 200."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.got: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []

    async def __call__(self, request: web.Request) -> web.Response:
        self.got.append(await request.json())
        self.headers.append(dict(request.headers))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    @property
    def texts(self) -> list[str]:
        return [activity["text"] for activity in self.got]


def test_what_the_bot_is_sent_goes_over_the_wire_in_order(teams: LocalTeams) -> None:
    listener = Listener()
    teams.bot = listener
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
    assert teams.wire[2].request.path == teams.bot.url
    assert teams.wire[2].request.json == sent[2]


def test_what_the_bot_is_sent_is_signed_where_there_is_an_authority() -> None:
    world, listener = contoso(), Listener()
    with LocalTeams(world, Authority.of(world)) as teams:
        teams.bot = listener
        teams.person("Ada").says("hi")
    kind, token = listener.headers[0]["Authorization"].split()
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (kind, claims["aud"]) == ("Bearer", world.bot_app_id)
    assert claims["serviceurl"] == teams.service_url


def test_a_bot_that_fails_gets_it_again(teams: LocalTeams) -> None:
    listener = Listener(500, 503)
    teams.bot = listener
    teams.person("Ada").says("hi")
    assert listener.texts == ["hi"] * 3
    assert [e.response.status for e in teams.wire] == [500, 503, 200]


def test_a_bot_that_keeps_failing_is_given_up_and_the_next_thing_is_sent(teams: LocalTeams) -> None:
    teams.bot = listener = Listener(500, 500, 500)
    with pytest.raises(NotDelivered, match=r"500 from the bot at http.*messages to message: .*"):
        teams.person("Ada").says("hi")
    teams.person("Ada").says("again")
    assert listener.texts == ["hi", "hi", "hi", "again"]


def test_a_bot_that_refuses_is_not_asked_again(teams: LocalTeams) -> None:
    teams.bot = listener = Listener(401)
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

    teams.bot = slow_once
    teams.bot.patience = 1.0
    teams.person("Ada").says("hi")
    assert got == ["hi", "hi"]
    assert [(e.response.status, e.response.dropped) for e in teams.wire] == [
        (0, True),
        (200, False),
    ]


def test_a_bot_that_is_not_there_is_named(teams: LocalTeams, unused_tcp_port: int) -> None:
    teams.bot = f"http://127.0.0.1:{unused_tcp_port}/api/messages"
    with pytest.raises(NotDelivered, match=f"No answer from the bot at .*:{unused_tcp_port}/"):
        teams.person("Ada").says("hi")
    assert teams.chat("Ada").messages[0]["text"] == "hi"  # it was said all the same
    teams.bot = None
    assert len(teams.person("Ada").says("is anybody there?")) == 1


def test_deliveries_are_doubled_and_lost_on_demand(teams: LocalTeams) -> None:
    teams.bot = listener = Listener()
    teams.bot.duplicates = 2
    teams.person("Ada").says("twice")
    assert listener.got[0] == listener.got[1]
    teams.bot.duplicates = 1
    teams.bot.lost = 1
    teams.person("Ada").says("once lost")
    assert listener.texts == ["twice", "twice", "once lost"]
    assert [e.response.dropped for e in teams.wire] == [False, False, True, False]
    teams.bot.lost = 3
    with pytest.raises(NotDelivered, match=r"The delivery got lost\. It was tried 3 times"):
        teams.person("Ada").says("lost for good")
    assert teams.bot.lost == 0
    assert listener.texts[3:] == []


def test_teams_refuses_on_demand(teams: LocalTeams) -> None:
    teams.fault(status=429, retry_after=1)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{teams.service_url}v3/conversations")
    with refused.value as answer:
        assert (answer.code, answer.headers["Retry-After"]) == (429, "1")
    with pytest.raises(ValueError, match="'mood'"):
        teams.fault(mood="bad")


def test_what_a_request_made_teams_send_comes_after_its_answer(
    teams: LocalTeams, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bot installs itself somewhere while it answers, and hears of it when it has answered."""
    order: list[str] = []

    def answer(world: Any, request: Request) -> Response:
        world.pending = happen(world, Happening("Barbara", "installs"))
        return Response(201, {}, b"")

    async def bot(request: web.Request) -> web.Response:
        activity = await request.json()
        order.append(activity["type"])
        if activity["type"] == "message":
            post = urllib.request.Request(f"{activity['serviceUrl']}v3/x", b"{}")
            await asyncio.to_thread(lambda: urllib.request.urlopen(post).close())
            order.append("answered")
        return web.Response()

    monkeypatch.setattr("samples.local_teams.server.app.answer", answer)
    teams.bot = bot
    teams.person("Ada").says("install yourself at Barbara's")
    assert order == ["message", "answered", "conversationUpdate", "installationUpdate"]
    assert teams.world.pending == []


def test_a_bot_that_is_taken_away_gets_nothing_more(teams: LocalTeams) -> None:
    got: list[str] = []

    async def bot(request: web.Request) -> web.Response:
        got.append((await request.json())["type"])
        teams.bot = None
        return web.Response()

    teams.bot = bot
    with pytest.raises(NotDelivered, match="taken away"):
        teams.person("Barbara").install()
    assert got == ["conversationUpdate"]


async def test_what_nobody_waits_for_any_more_is_delivered_all_the_same() -> None:
    listener = Listener()
    app = application(listener)
    world = contoso()
    kept: list[tuple[Request, Response]] = []
    async with TestServer(app) as server:
        bot = Bot(str(server.make_url("/api/messages")))
        courier = Courier(world, bot, lambda request, response: kept.append((request, response)))
        [waiting] = courier.post(happen(world, Happening("Ada", "says", text="hi")))
        waiting.cancel()
        work = asyncio.create_task(courier.work())
        [more] = courier.post(happen(world, Happening("Ada", "says", text="there")))
        assert await more == ""
        await courier.settled()
        work.cancel()
    assert listener.texts == ["hi", "there"]
    assert len(kept) == 2


def test_an_answer_that_is_no_json_is_kept_as_text(teams: LocalTeams) -> None:
    async def bot(request: web.Request) -> web.Response:
        return web.Response(text="ok: done")

    teams.bot = bot
    teams.person("Ada").says("hi")
    assert teams.wire[0].response.json == "ok: done"


# -- which bots there can be -----------------------------------------------------------------------


class Echo(ActivityHandler):
    async def on_message_activity(self, turn_context: TurnContext) -> None:
        await turn_context.send_activity(turn_context.activity.text)


@pytest.mark.usefixtures("environ")
def test_a_bot_is_an_application_or_an_adapter_with_its_handler(teams: LocalTeams) -> None:
    bot = connect()
    app = messages_app(bot, Echo())
    teams.bot = app
    teams.person("Ada").says("hi")
    teams.bot = bot.adapter, Echo()
    teams.person("Ada").says("hi again")
    assert teams.chat("Ada").texts == ["hi", "hi again"]
    with pytest.raises(ValueError, match="make one for each test"):
        teams.bot = app


@pytest.mark.parametrize("url", ["127.0.0.1:3978/api", "ftp://a/b", "http:///x", "http://a/"])
def test_an_address_that_is_none_is_named(teams: LocalTeams, url: str) -> None:
    with pytest.raises(ValueError, match="is no messaging endpoint, as http"):
        teams.bot = url
    assert teams.bot.url is None


# -- over HTTP -------------------------------------------------------------------------------------


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
    status, told = ask(teams, "POST", "happenings", says)
    assert (status, told["delivered"], told["trouble"]) == (200, 0, [])  # there is no bot yet
    assert [activity["text"] for activity in told["sent"]] == ["hi"]
    teams.bot = listener = Listener(200, 404)
    assert ask(teams, "POST", "happenings", says)[1]["delivered"] == 1
    told = ask(teams, "POST", "happenings", says)[1]
    assert told["delivered"] == 0 and "404 from the bot" in told["trouble"][0]
    assert listener.texts == ["hi", "hi"]
    assert told["sent"][0]["serviceUrl"] == teams.service_url


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"{", "Expecting property name"),
        (b"[]", "The body is a JSON object, not []"),
        ({"who": "Ada", "does": "says", "wer": "x"}, "'wer' cannot be 'x'. There are: who (str), "),
        ({"who": "Ada", "does": "says", "text": 3}, "'text' cannot be 3."),
        ({"who": "Ada", "does": "dances"}, "'dances' is not one of says, installs"),
        ({"does": "says"}, "Nobody is called ''. There are: Ada Lovelace"),
    ],
)
def test_a_slip_in_a_happening_is_named(teams: LocalTeams, body: Any, told: str) -> None:
    status, answer = ask(teams, "POST", "happenings", body)
    assert status == 400 and told in answer["error"]
    assert all(not c.messages for c in teams.world.conversations())


def test_the_bot_is_told_asked_for_and_taken_away(teams: LocalTeams) -> None:
    none = {"url": None, "duplicates": 1, "lost": 0}
    assert ask(teams, "GET", "bot") == (200, none)
    there = {"url": "http://127.0.0.1:3978/api/messages", "duplicates": 2, "lost": 1}
    assert ask(teams, "PUT", "bot", there) == ask(teams, "GET", "bot") == (200, there)
    assert teams.bot.url == there["url"]
    assert ask(teams, "PUT", "bot", {"duplicates": 0, "lost": -1})[1] == {
        **none,
        "url": there["url"],
    }
    for body, told in (({"url": "x"}, "'x' is no messaging"), ({"url": 1}, "'url' cannot be 1")):
        status, answer = ask(teams, "PUT", "bot", body)
        assert status == 400 and told in answer["error"]
    assert ask(teams, "DELETE", "bot") == ask(teams, "GET", "bot") == (200, none)
