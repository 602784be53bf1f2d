"""Junk at each endpoint of a bot: an answer in words, no traceback, nothing raw in a log."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.http_exceptions import InvalidHeader
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import create_engine

from samples.local_teams.testing import LocalTeams
from samples.shared import endpoint
from samples.shared.bot import connect
from samples.shared.callers import SharedSecret
from samples.shared.conversations import Conversations
from samples.shared.idempotency import Answers
from samples.shared.remembering import Remember
from samples.well.notify import Notify
from samples.well.price_alert.__main__ import make_app
from samples.well.price_alert.watches import Watches

TOKEN = "a-token-of-the-tests-and-nothing-else"
CALLERS = SharedSecret(TOKEN)
PATHS = ["/api/messages", "/api/notify", "/api/prices"]
JSON = "application/json"
OF_JSON = {"Content_Type": JSON}
Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def endpoints(environ: dict[str, str]) -> AsyncIterator[Client]:
    """A bot with every endpoint of the samples; what it remembers is in a database."""
    bot, conversations = connect(), Conversations()
    app = make_app(bot, conversations, Watches(environ["CONVERSATIONS_URL"]), CALLERS)
    answers = Answers(environ["CONVERSATIONS_URL"])
    notify = Notify(bot, conversations, environ["TEAMS_TENANT_ID"], CALLERS, answers)
    app.router.add_post("/api/notify", notify.handle)
    async with TestClient(TestServer(app)) as client:
        yield client


async def post(client: Client, path: str, body: bytes, **headers: str) -> tuple[int, str]:
    # Teams' own token is not checked while the bot has no app ID.
    token = {} if path == "/api/messages" else {"Authorization": f"Bearer {TOKEN}"}
    sent = token | {name.replace("_", "-"): value for name, value in headers.items()}
    skip = () if "Content_Type" in headers else ("Content-Type",)
    async with client.post(path, data=body, headers=sent, skip_auto_headers=skip) as answer:
        return answer.status, await answer.text()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (415, b"{}", {}),
        (415, b"a=b", {"Content_Type": "application/x-www-form-urlencoded"}),
        (415, b"{}", {"Content_Type": "text/application/json"}),
        (415, b"{}", {"Content_Type": f"{JSON}; charset=utf-7"}),
        (415, b"{}", {"Content_Type": f"{JSON}; charset=no-such"}),
        (415, b"{}", {"Content_Type": f"{JSON}; a*²=b"}),  # aiohttp's own parser fails
        (400, b"", OF_JSON),
        (400, b"not JSON", OF_JSON),
        (400, b"\xff\xfe", OF_JSON),
        (400, b"[]", OF_JSON),
        (400, b"null", OF_JSON),
        (400, b"NaN", OF_JSON),
        (400, b'{"a": NaN}', OF_JSON),
        (400, b'{"a": 1e999}', OF_JSON),
        pytest.param(400, b'{"a": ' + b"9" * 5000 + b"}", OF_JSON, id="too large"),
        (400, b'{"text": "\\ud800"}', OF_JSON),
        (400, b'{"text": "\\u0000"}', OF_JSON),
        pytest.param(400, b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}", OF_JSON, id="too deep"),
        pytest.param(400, b'{"a":' + b"[" * 500 + b"]" * 500 + b"}", OF_JSON, id="deep"),
        (400, b"{}", {"Content_Type": JSON, "Content_Encoding": "gzip"}),
        pytest.param(413, b'"' + b"x" * 2**20 + b'"', OF_JSON, id="too long"),
    ],
)
async def test_junk_is_refused_in_words(
    endpoints: Client,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    path: str,
    status: int,
    body: bytes,
    headers: dict[str, str],
) -> None:
    got, text = await post(endpoints, path, body, **headers)
    assert got == status, text
    shown = caplog.text + "".join(capfd.readouterr())
    assert "Traceback" not in shown and TOKEN not in shown


@pytest.mark.parametrize("path", PATHS)
async def test_only_post_is_a_call(endpoints: Client, path: str) -> None:
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        async with endpoints.request(method, path) as answer:
            assert answer.status == 405


# -- activities ------------------------------------------------------------------------------------


def message(teams: LocalTeams) -> dict[str, Any]:
    world, ada = teams.world, teams.world.people[0]
    return {
        "type": "message",
        "channelId": "msteams",
        "serviceUrl": teams.service_url,
        "text": "hello",
        "conversation": {"id": world.personal_chat(ada).id, "conversationType": "personal"},
        "from": {"id": ada.id, "aadObjectId": ada.aad_object_id.upper(), "name": ada.name},
        "recipient": {"id": world.bot_id},
        "channelData": {"tenant": {"id": world.tenant_id}},
    }


@pytest.mark.parametrize("value", [5, "x", [], [5], [None], {}, {"id": 5}, {"id": []}, True, 1.5])
async def test_each_property_with_another_type_is_refused_or_harmless(
    endpoints: Client, teams: LocalTeams, caplog: pytest.LogCaptureFixture, value: Any
) -> None:
    whole = message(teams)
    names = {*whole, "id", "membersAdded", "membersRemoved", "entities", "attachments", "timestamp"}
    names |= {"reactionsAdded", "suggestedActions", "replyToId", "action", "localTimezone", "value"}
    for name in sorted(names):
        body = json.dumps(whole | {name: value}).encode()
        status, text = await post(endpoints, "/api/messages", body, Content_Type=JSON)
        refused = (400, 401) if name == "serviceUrl" else (400,)
        assert status in (200, 201, *refused), (name, value, text)
    assert "Traceback" not in caplog.text


EXECUTE = {"action": {"type": "Action.Execute", "verb": "x"}}
ODD_VALUES: list[Any] = [None, 5, {}, {"action": None}, {"action": {}}, {"action": {"type": 5}}]


@pytest.mark.parametrize(
    ("odd", "status"),
    [
        ({"deliveryMode": "expectReplies"}, 400),
        ({"deliveryMode": "normal"}, 201),
        *[
            ({"type": "invoke", "name": "adaptiveCard/action", "value": value}, 400)
            for value in ODD_VALUES
        ],
        (
            {
                "type": "invoke",
                "name": "adaptiveCard/action",
                "value": {"action": {"type": "Action.Submit"}},
            },
            400,
        ),
        ({"type": "invoke", "name": "adaptiveCard/action", "value": EXECUTE}, 501),
    ],
)
async def test_what_the_sdk_fails_on_is_refused(
    endpoints: Client,
    teams: LocalTeams,
    caplog: pytest.LogCaptureFixture,
    odd: dict[str, Any],
    status: int,
) -> None:
    body = json.dumps(message(teams) | odd).encode()
    got, text = await post(endpoints, "/api/messages", body, Content_Type=JSON)
    assert got == status, text
    assert "Traceback" not in caplog.text


async def test_capitals_in_an_object_id_do_not_hide_the_person(
    endpoints: Client, teams: LocalTeams
) -> None:
    body = json.dumps(message(teams)).encode()
    assert (await post(endpoints, "/api/messages", body, Content_Type=JSON))[0] == 201
    ada = teams.world.people[0].aad_object_id
    call = json.dumps({"to": ada, "text": "hi"}).encode()
    assert (await post(endpoints, "/api/notify", call, Content_Type=JSON))[0] == 202


async def test_a_locked_database_is_503_with_a_line_in_the_log(
    endpoints: Client,
    teams: LocalTeams,
    environ: dict[str, str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = create_engine("sqlite://")

    def locked(*_: object) -> None:
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT * FROM conversations")

    monkeypatch.setattr(Conversations, "remember", locked)
    monkeypatch.setattr(Conversations, "person", locked)
    body = json.dumps(message(teams)).encode()
    call = json.dumps({"to": teams.world.people[0].aad_object_id, "text": "hi"}).encode()
    for path, sent in (("/api/messages", body), ("/api/notify", call)):
        answer = await post(endpoints, path, sent, Content_Type=JSON)
        assert answer == (503, '{"error": "The database does not answer."}')
    assert "no such table" in caplog.text and "Traceback" not in caplog.text


# -- logs ------------------------------------------------------------------------------------------


async def test_what_a_caller_writes_stays_on_its_line(
    endpoints: Client, teams: LocalTeams, capfd: pytest.CaptureFixture[str]
) -> None:
    """No second line, no escape sequence, no character that turns the others around."""
    for product in ("\x1b[2J lamp", "a\u202eb", "a\u2028b", "a\u0085b"):
        body = json.dumps({"product": product, "price": "1"}).encode()
        assert (await post(endpoints, "/api/prices", body, Content_Type=JSON))[0] == 200
    call = json.dumps({"to": "\x1b[31m\n\u202e", "text": "hi"}).encode()
    assert (await post(endpoints, "/api/notify", call, Content_Type=JSON))[0] == 400
    lines = capfd.readouterr().out.splitlines()
    assert len(lines) == 5 and all(line.isprintable() for line in lines)


def test_a_request_that_is_not_http_is_not_logged(
    environ: dict[str, str], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """aiohttp would log the header that it cannot read, with the caller's token."""

    def served(*_: object, **__: object) -> None:
        try:
            raise InvalidHeader(f"Authorization: Bearer {TOKEN}")
        except InvalidHeader:
            logging.getLogger("aiohttp.server").exception("Error handling request")
        try:
            raise KeyError("a mistake of the bot")
        except KeyError:
            logging.getLogger("aiohttp.server").exception("Error handling request")

    monkeypatch.setattr(web, "run_app", served)
    endpoint.serve(endpoint.messages_app(connect(), Remember(Conversations())))
    assert TOKEN not in caplog.text and "a mistake of the bot" in caplog.text


@pytest.mark.parametrize("port", ["x", "0", "70000", "-1", "1.5", "9" * 5000])
def test_a_port_that_is_none_is_named(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, port: str
) -> None:
    monkeypatch.setenv("PORT", port)
    with pytest.raises(SystemExit, match=r"PORT is .* It must be a whole number from 1 to 65535"):
        endpoint.serve(endpoint.messages_app(connect(), Remember(Conversations())))


def test_a_port_that_is_taken_is_named(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("PORT", str(taken.getsockname()[1]))
        app = endpoint.messages_app(connect(), Remember(Conversations()))
        with pytest.raises(SystemExit, match=r"Nothing can listen at 127\.0\.0\.1:.*Set PORT"):
            endpoint.serve(app)


def served_at(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Where a bot would listen, once `serve` has decided."""
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(web, "run_app", lambda app, **options: asked.append(options))
    endpoint.serve(endpoint.messages_app(connect(), Remember(Conversations())))
    return asked


@pytest.mark.parametrize(
    ("host", "listens", "says"),
    [
        ("", "127.0.0.1", "http://127.0.0.1:3978/"),
        ("0.0.0.0", "0.0.0.0", "http://0.0.0.0:3978/"),
        ("::", "::", "http://[::]:3978/"),
    ],
)
def test_a_bot_that_signs_in_listens_where_host_says(
    in_a_tenant: object,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    host: str,
    listens: str,
    says: str,
) -> None:
    monkeypatch.setenv("HOST", host)
    [asked] = served_at(monkeypatch)
    asked["print"]("")
    assert (asked["host"], asked["port"]) == (listens, 3978)
    assert says in capsys.readouterr().out


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7"])
def test_a_bot_without_an_app_id_is_not_served_to_other_machines(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("HOST", host)
    with pytest.raises(SystemExit, match=f"HOST is {host}, .*Set MicrosoftAppId, or leave out"):
        served_at(monkeypatch)


@pytest.mark.parametrize("host", ["bot.contoso.example", "x86_64-conda-linux-gnu", "0.0.0.0:80"])
def test_a_host_that_is_no_address_is_named(
    in_a_tenant: object, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("HOST", host)
    with pytest.raises(SystemExit, match=f"HOST is '{host}'. It must be an IP address"):
        served_at(monkeypatch)


async def test_a_probe_gets_200_and_nothing_else_does(endpoints: Client) -> None:
    async with endpoints.get("/health") as answer:
        assert (answer.status, await answer.json()) == (200, {"status": "ok"})
    async with endpoints.head("/health") as answer:
        assert answer.status == 200
    for method, path in (("POST", "/health"), ("GET", "/"), ("GET", "/health/x")):
        async with endpoints.request(method, path) as answer:
            assert answer.status == 404, (method, path)


@pytest.mark.filterwarnings("ignore::aiohttp.web.NotAppKeyWarning")  # its keys are strings
async def test_a_probe_needs_no_token_with_the_agents_sdk(in_a_tenant: object) -> None:
    from samples.agents_sdk.bot import connect as connect_agents_sdk
    from samples.agents_sdk.endpoint import messages_app

    async with TestClient(TestServer(messages_app(connect_agents_sdk()))) as client:
        async with client.get("/health") as answer:
            assert answer.status == 200
        async with client.get("/api/messages") as answer:
            assert answer.status in (401, 405)
