"""Who may ask Local Teams: programs and its own page, and no page of another site."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import unquote

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from samples.local_teams.model.contoso import contoso
from samples.local_teams.model.exchange import Request, Response
from samples.local_teams.server.app import make_app
from samples.local_teams.server.guard import LONGEST_BODY
from samples.local_teams.server.wire import WIRE_BYTES, WIRE_KEPT, Exchange, Wire
from samples.local_teams.testing import LocalTeams

Client = TestClient[web.Request, web.Application]
DEEP, DEEPER = b"[" * 400 + b"]" * 400, b"[" * 5000
SAYS = {"who": "Ada Lovelace", "does": "says", "text": "hi"}


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    app = make_app(contoso(), hosts=["teams.contoso.example"])
    async with TestClient(TestServer(app)) as running:
        yield running


async def status(client: Client, method: str = "GET", path: str = "/", **headers: str) -> int:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    async with client.request(method, path, headers=sent) as answer:
        return answer.status


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost:8090", 200),
        ("LOCALHOST", 200),
        ("a.localhost", 200),
        ("127.0.0.1", 200),
        ("127.9.9.9:1", 200),
        ("[::1]:8090", 200),
        ("teams.contoso.example:8090", 200),
        ("localhost:65535", 200),
        ("localhost:65536", 403),
        ("evil.example", 403),
        ("evil.example:8090", 403),
        ("localhost.evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("127.0.0.1@evil.example", 403),
        ("10.0.0.1", 403),
        ("0.0.0.0", 403),
        ("[::2]", 403),
        ("smba.trafficmanager.net", 403),
        ("", 403),
        ("localhost evil", 403),
    ],
)
async def test_a_name_that_is_not_of_this_machine_is_refused(
    client: Client, host: str, expected: int
) -> None:
    for path in ("/", "/_local/world", "/page/wire.js", "/v3/conversations/x/members"):
        got = await status(client, path=path, Host=host)
        assert (got == 403) == (expected == 403), (path, got)


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({}, False),
        ({"Origin": "{own}"}, False),
        ({"Sec_Fetch_Site": "same-origin"}, False),
        ({"Sec_Fetch_Site": "none"}, False),
        ({"Origin": "https://evil.example"}, True),
        ({"Origin": "null"}, True),
        ({"Origin": ""}, True),
        ({"Origin": "{own}.evil.example"}, True),
        ({"Origin": "http://127.0.0.1:1"}, True),
        ({"Sec_Fetch_Site": "cross-site"}, True),
        ({"Sec_Fetch_Site": "same-site"}, True),
        ({"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}, True),
    ],
)
async def test_a_page_of_another_site_may_not_act(
    client: Client, headers: dict[str, str], refused: bool
) -> None:
    own = f"http://{client.host}:{client.port}"
    sent = {name.replace("_", "-"): value.format(own=own) for name, value in headers.items()}
    for method, path in (
        ("POST", "/_local/happenings"),
        ("PUT", "/_local/bot"),
        ("DELETE", "/_local/weather"),
        ("GET", "/_local/world"),
        ("POST", "/v3/conversations"),
        ("GET", "/v1.0/users"),
    ):
        async with client.request(method, path, headers=sent, data=b"{}") as answer:
            assert (answer.status == 403 and "may not ask" in await answer.text()) == refused


async def test_a_link_to_the_page_may_be_followed_but_not_framed(client: Client) -> None:
    link = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}
    assert await status(client, **link, Sec_Fetch_Dest="document") == 200
    assert await status(client, **link, Sec_Fetch_Dest="iframe") == 403
    assert await status(client, "POST", **link, Sec_Fetch_Dest="document") == 403
    for path in ("/", "/_local/world", "/page/wire.js", "/none"):
        async with client.get(path) as answer:
            assert answer.headers["Content-Security-Policy"] == "frame-ancestors 'self'"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


# -- bodies ----------------------------------------------------------------------------------------


async def test_a_body_without_end_is_refused(client: Client) -> None:
    for path in ("/v3/conversations", "/_local/happenings", "/v1.0/chats"):
        async with client.post(path, data=b"x" * (LONGEST_BODY + 1)) as answer:
            assert answer.status == 413


async def test_a_body_that_is_not_what_its_headers_say_is_refused(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {"Content-Encoding": "gzip", "Connection": "close"}
    for path in ("/v3/conversations", "/_local/happenings", "/v1.0/chats"):
        async with client.post(path, data=b"{}", headers=headers) as answer:
            assert answer.status == 400
    assert "Traceback" not in caplog.text


def test_the_wire_keeps_as_much_as_it_may() -> None:
    wire = Wire()
    for number in range(WIRE_KEPT + 5):
        wire.append(Exchange(Request("GET", "/"), Response(200, {}, b""), number=number))
    assert len(wire) == WIRE_KEPT
    big = b"x" * (WIRE_BYTES // 4)
    for _ in range(10):
        wire.append(Exchange(Request("POST", "/", body=big), Response(200, {}, b"")))
    assert sum(one.size for one in wire) <= WIRE_BYTES and len(wire) == 4
    wire.append(Exchange(Request("POST", "/", body=big * 5), Response(200, {}, b"")))
    assert len(wire) == 1  # the latest is always there


# -- the wire and odd requests ---------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"NaN", b'{"a": NaN}', DEEP, DEEPER], ids=range(4))
@pytest.mark.parametrize("path", ["/v3/conversations", "/v1.0/chats", "/_local/happenings"])
async def test_an_odd_body_does_not_break_the_wire(client: Client, path: str, body: bytes) -> None:
    async with client.post(path, data=body) as answer:
        assert answer.status == 400
    async with client.get("/_local/wire") as wire:
        rows = json.loads(await wire.text(), parse_constant=pytest.fail)  # as a browser would
        assert isinstance(rows, list)


@pytest.mark.parametrize("path", ["/v3/%", "/v3/%zz", "/v3/a%ff", "/v3/%e4", "/v3/100%25"])
def test_a_path_on_the_wire_can_be_decoded(path: str) -> None:

    shown = Exchange(Request("GET", path), Response(404, {}, b"")).as_json()["path"]
    assert unquote(shown, errors="strict")


# -- the bot ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "headers", "said"),
    [
        pytest.param(200, b"[" * 100_000, {}, "", id="deep"),
        (200, b"\xff\xfe", {}, ""),
        pytest.param(200, b"x" * 2_000_000, {}, "over 1,000,000 bytes", id="long"),
        (302, b"", {"Location": "http://127.0.0.1:9/"}, "302 from the bot"),
        pytest.param(500, b"\x00" * 5000, {}, "500 from the bot", id="NUL"),
        (200, b"{}", {"Content-Encoding": "gzip"}, "No answer from the bot"),
    ],
)
def test_a_bot_that_answers_oddly_does_not_stop_deliveries(
    status: int, body: bytes, headers: dict[str, str], said: str
) -> None:
    odd = [True, True, True]

    async def messages(_: web.Request) -> web.Response:
        if odd and odd.pop():
            return web.Response(status=status, body=body, headers=headers)
        return web.Response(status=200)

    app = web.Application()
    app.router.add_post("/api/messages", messages)
    with LocalTeams() as teams:
        teams.connect(app)
        try:
            teams.person("Ada").says("hi")
            error_text = ""
        except Exception as error:
            error_text = str(error)
        assert said in error_text
        odd.clear()
        teams.person("Ada").says("hi again")
        assert teams.wire[-1].response.status == 200


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", "\ud800"),
        ("reply_to", "1\r\nX-Evil: 1"),
        ("reply_to", "1\x00"),
        ("who", "Ada\n"),
        ("where", "\ud800"),
    ],
)
async def test_an_odd_action_is_refused_and_the_next_is_delivered(
    client: Client, name: str, value: str
) -> None:
    async with client.post("/_local/happenings", json=SAYS | {name: value}) as answer:
        assert answer.status == 400
    async with client.post("/_local/happenings", json=SAYS) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    "change",
    [
        {"url": "http://a..b/x"},
        {"url": "http://user:secret@127.0.0.1/x"},
        {"url": "http://127.0.0.1:99999/x"},
        {"url": "http://127.0.0.1/\r\nx"},
        {"url": f"http://{'a' * 64}/x"},
        {"url": "ftp://127.0.0.1/x"},
        {"duplicates": 1_000_000_000},
        {"lost": 10**30},
    ],
)
async def test_a_bot_that_cannot_be_is_refused(client: Client, change: dict[str, Any]) -> None:
    async with client.put("/_local/bot", json=change) as answer:
        assert answer.status == 400
