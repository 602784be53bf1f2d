"""Stored service URLs: nothing foreign comes in, and what is there is skipped and named."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from botbuilder.core import ActivityHandler
from botbuilder.schema import Activity
from sqlalchemy import create_engine, update

from samples.local_teams.events.actions import UserAction, perform
from samples.local_teams.model.contoso import contoso
from samples.local_teams.server.signing_in import signing_in
from samples.local_teams.sign_in.authority import Authority
from samples.local_teams.testing import LocalTeams
from samples.prepare.proactive_bot import ProactiveBot
from samples.runner.environment import environ as environment_of
from samples.runner.running import start
from samples.shared.bot import Bot, connect
from samples.shared.callers import SharedSecret
from samples.shared.conversations import Conversation, Conversations
from samples.shared.endpoint import messages_app
from samples.shared.idempotency import Answers
from samples.shared.remembering import Remember, reference_of
from samples.well.notify import Notify
from samples.well.price_alert.__main__ import make_app as price_alert
from samples.well.price_alert.__main__ import notify
from samples.well.price_alert.watches import Watches
from samples.well.slow_answer.__main__ import make_app as slow_answer
from samples.well.slow_answer.jobs import Jobs
from tests.support.crowd import remember
from tests.support.thief import Thief

ADA, GRACE = 0, 1
TEAMS = "https://smba.trafficmanager.net/teams/"

# -- nothing foreign is stored ---------------------------------------------------------------------

TOKEN = "a-token-of-the-tests-and-nothing-else"
CALLERS = SharedSecret(TOKEN)


def of_ada(teams: LocalTeams, url: str, text: str = "report on sales") -> list[dict[str, Any]]:
    return perform(teams.world, UserAction("Ada Lovelace", "says", text=text), service_url=url)


def bots(bot: Bot, database: str) -> dict[str, Callable[[], web.Application]]:
    """Every sample that stores where to write, or writes there in a while."""
    conversations = Conversations(database)
    handlers: dict[str, ActivityHandler] = {
        "remember": Remember(conversations),
        "proactive_bot": ProactiveBot(bot),
    }
    return {
        **{name: lambda one=one: messages_app(bot, one) for name, one in handlers.items()},
        "price_alert": lambda: price_alert(bot, conversations, Watches(database), CALLERS),
        "slow_answer": lambda: slow_answer(bot, Jobs(database), seconds=0),
    }


@pytest.mark.parametrize("sample", ["remember", "proactive_bot", "price_alert", "slow_answer"])
async def test_who_is_not_signed_in_believes_no_stranger(
    sample: str,
    teams: LocalTeams,
    environ: dict[str, str],
    thief: Thief,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Not even that there is something to answer: the thief may be a machine behind a firewall."""
    database = environ["CONVERSATIONS_URL"]
    foreign = thief.url.replace("127.0.0.1", "teams.contoso.example")
    app = bots(connect(), database)[sample]()
    async with TestClient(TestServer(app)) as client:
        for activity in of_ada(teams, foreign):
            async with client.post("/api/messages", json=activity) as answer:
                assert answer.status == 401
        assert Conversations(database).all() == [] and Jobs(database).undone() == []
        assert foreign in caplog.text
        for activity in of_ada(teams, teams.service_url):
            async with client.post("/api/messages", json=activity) as answer:
                assert answer.ok


def test_the_store_takes_no_foreign_url_from_who_is_not_signed_in(
    teams: LocalTeams,
    environ: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    conversations = Conversations()
    for url in (teams.service_url, "https://smba.trafficmanager.net/emea/"):
        for activity in of_ada(teams, url):
            conversations.remember(Activity().deserialize(activity))
        assert [chat.service_url for chat in conversations.all()] == [url]
    for activity in of_ada(teams, "https://evil.example/"):
        assert conversations.remember(Activity().deserialize(activity)) is False
    assert [chat.service_url for chat in conversations.all()] == [url]
    assert "Not remembered: a conversation whose service URL is 'https://evil.example/'." in (
        caplog.text
    )
    # Who is signed in has checked who sent it: nobody is lost, and sending looks again.
    monkeypatch.setenv("MicrosoftAppId", contoso().bot_app_id)
    for activity in of_ada(teams, "https://teams.contoso.example/"):
        conversations.remember(Activity().deserialize(activity))
    assert [chat.service_url for chat in conversations.all()] == ["https://teams.contoso.example/"]


# -- what is stored and not allowed is skipped, and named ------------------------------------------

EVIL = "https://evil.example/"

TOKEN = "a-token-of-the-tests-and-nothing-else"


@pytest.fixture
def stored(teams: LocalTeams, environ: dict[str, str]) -> Conversations:
    """Ada's and Grace's chats; Grace's was stored by somebody who checked nothing."""
    world, database = teams.world, environ["CONVERSATIONS_URL"]
    remember(world, database, world.people[ADA], world.people[GRACE])
    with create_engine(database).begin() as connection:
        graces = Conversation.aad_object_id == world.people[GRACE].aad_object_id
        connection.execute(update(Conversation).where(graces).values(service_url=EVIL))
    return Conversations(database)


def got(teams: LocalTeams, person: int) -> int:
    return len(teams.world.personal_chat(teams.world.people[person]).messages)


def run(sample: str, *arguments: str) -> object:
    """What the command ends with."""
    try:
        start(sample, *arguments)
    except SystemExit as ended:
        return ended.code
    return 0


@pytest.mark.usefixtures("stored")
def test_a_broadcast_skips_it_and_its_report_names_it(
    teams: LocalTeams, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("broadcast", "send", "move") == 1
    assert capsys.readouterr().out == (
        "move: 1 sent, 1 failed\n"
        "Not sent: 1 x ServiceUrlNotAllowed: 'https://evil.example/' is not a service URL of "
        "Teams.\n  Grace Hopper\n"
    )
    assert (got(teams, ADA), got(teams, GRACE)) == (1, 0)
    assert run("broadcast", "report", "move", "--csv") == 1
    assert EVIL in capsys.readouterr().out


@pytest.mark.usefixtures("stored")
def test_a_digest_skips_it_and_names_it(
    teams: LocalTeams, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with create_engine(Conversations()._engine.url).begin() as connection:
        connection.execute(update(Conversation).values(timezone="Europe/London"))
    monkeypatch.setenv("DIGEST_NOW", "2026-01-05T09:00+00:00")
    assert run("digest") == 1
    out = capsys.readouterr().out
    assert f"Grace Hopper: Not sent. '{EVIL}' is not a service URL of Teams.\n" in out
    assert out.endswith("1 sent, 0 blocked, 0 forgotten, 1 not sent\n")
    assert (got(teams, ADA), got(teams, GRACE)) == (1, 0)


@pytest.mark.usefixtures("stored")
def test_who_left_skips_it_and_names_it(
    teams: LocalTeams, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("who_left") == 0
    captured = capsys.readouterr()
    assert captured.out.splitlines()[1:] == [
        f"Grace Hopper,{teams.world.people[GRACE].aad_object_id},,ServiceUrlNotAllowed,kept"
    ]
    assert f"Grace Hopper: Not sent. '{EVIL}' is not a service URL of Teams.\n" in captured.err
    assert (got(teams, ADA), got(teams, GRACE)) == (1, 0)


async def test_price_alert_skips_it_and_names_it(
    teams: LocalTeams, stored: Conversations, capsys: pytest.CaptureFixture[str]
) -> None:
    watches = Watches(str(stored._engine.url))
    for chat in stored.all():
        watches.watch(chat.tenant_id, chat.id, "desk lamp", None)
    count = await notify(connect(), stored, watches, product="desk lamp", price=Decimal("39.90"))
    assert count == {"notified": 1, "ended": 0, "failed": 1}
    assert f"Not sent. '{EVIL}' is not a service URL of Teams.\n" in capsys.readouterr().out
    assert (got(teams, ADA), got(teams, GRACE)) == (1, 0)


async def test_notify_says_why_it_did_not_send(
    teams: LocalTeams, stored: Conversations, tmp_path: Path
) -> None:
    world = teams.world
    app = web.Application()
    answers = Answers(f"sqlite:///{tmp_path}/answers.db")
    notify = Notify(connect(), stored, world.tenant_id, CALLERS, answers)
    app.router.add_post("/api/notify", notify.handle)
    asked = {"to": world.people[GRACE].aad_object_id, "text": "hi"}
    shown = {"Authorization": f"Bearer {TOKEN}"}
    async with TestClient(TestServer(app)) as client:
        answer = await client.post("/api/notify", json=asked, headers=shown)
        assert answer.status == 502
        assert f"'{EVIL}' is not a service URL of Teams." in (await answer.json())["error"]
    assert got(teams, GRACE) == 0


async def test_slow_answer_keeps_it_and_answers_the_others(
    teams: LocalTeams, stored: Conversations, capsys: pytest.CaptureFixture[str]
) -> None:
    """What somebody asked is not lost: the setting may be what was forgotten."""
    jobs = Jobs(str(stored._engine.url))
    graces, adas = sorted(stored.all(), key=lambda chat: chat.service_url != EVIL)
    for chat in (graces, adas):
        jobs.add(reference_of(chat), "sales")
    async with TestClient(TestServer(slow_answer(connect(), jobs, seconds=0))):
        end = asyncio.get_running_loop().time() + 10
        while len(jobs.undone()) > 1:
            assert asyncio.get_running_loop().time() < end
            await asyncio.sleep(0.01)
    assert got(teams, ADA) == 1
    [left] = jobs.undone()
    assert left.reference().service_url == EVIL and left.answer
    assert f"Not sent. '{EVIL}' is not a service URL of Teams.\n" in capsys.readouterr().out


# -- from beginning to end -------------------------------------------------------------------------


def test_what_was_stored_without_credentials_gets_no_token_later(
    teams: LocalTeams,
    stored: Conversations,
    thief: Thief,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Rows of an earlier Local Teams, and of who posted to a bot that did not sign in."""
    with create_engine(stored._engine.url).begin() as connection:
        everybody = update(Conversation)
        connection.execute(everybody.values(service_url=thief.url))
    with signing_in(Authority.of(teams.world)) as variables:
        setting = {"TEAMS_SERVICE_URL": TEAMS, "TEAMS_ALLOWED_SERVICE_URLS": ""}
        with environment_of(variables | setting):
            assert run("broadcast", "send", "move") == 1
            assert run("who_left") == 0
    out = capsys.readouterr().out
    assert thief.requests == []
    assert f"2 x ServiceUrlNotAllowed: '{thief.url}' is not a service URL of Teams." in out
