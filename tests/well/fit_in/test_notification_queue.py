"""News waits for the end of the dialog, in order; none is lost."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import create_engine, text

from samples.local_teams.model.exchange import Request, Response
from samples.local_teams.model.world import World
from samples.local_teams.services.dispatch import answer
from samples.local_teams.testing import LocalTeams
from samples.shared.bot import connect
from samples.well.fit_in.notification_queue import NotificationQueue
from tests.support.booking import Scene
from tests.support.talking import looks_at, story
from tests.support.waiting import DEADLINE, eventually_async

ANSWER = "samples.local_teams.server.hub.answer"


@asynccontextmanager
async def playing(
    teams: LocalTeams,
    bot_database: str,
    *,
    longest_wait: float = 1800,
    every: float = 60,
) -> AsyncIterator[Scene]:
    bot = NotificationQueue(connect(), bot_database, longest_wait=longest_wait, every=every)
    queue_scene = Scene(teams, bot)
    queue_scene.client.app.cleanup_ctx.append(bot.look_after)
    async with queue_scene.client:
        yield queue_scene


@pytest.fixture
async def queue_scene(teams: LocalTeams, bot_database: str) -> AsyncIterator[Scene]:
    async with playing(teams, bot_database) as queue_scene:
        yield queue_scene


def out_of_order(_: World, __: Request) -> Response:
    return Response(503, {}, b"")


@looks_at("notification_queue")
def test_the_story_that_the_page_shows() -> None:
    """The bot is killed while news waits."""
    done = story("notification_queue")
    assert not done.complaint
    assert done.printed == (
        "The build of Analytics is broken. (queued)\n"
        "The build of Analytics is fixed. (queued)\n"
        "Analytics 4.2 is released. (queued)\n"
    )
    [(chat, messages)] = done.arrived
    assert chat.name == "Ada Lovelace"
    assert [message["text"] for message in messages] == [
        "book",
        "Which room?",
        "Turing",
        "Which day?",
        "Friday",
        "Room Turing is yours on Friday.",
        "The build of Analytics is broken.",
        "The build of Analytics is fixed.",
        "Analytics 4.2 is released.",
        "thanks",
        "To book a room, say: book",
    ]


async def test_one_persons_dialog_holds_up_nobody_else(queue_scene: Scene) -> None:
    await queue_scene.says("hello", "Grace Hopper")
    await queue_scene.says("book")
    assert await queue_scene.news("Hi, Ada") == "202 queued"
    assert await queue_scene.news("Hi, Grace", "Grace Hopper") == "202 queued"
    assert await queue_scene.says("cancel") == ["Nothing is booked.", "Hi, Ada"]
    assert queue_scene.said_to("Grace Hopper")[1:] == ["Hi, Grace"]


async def test_a_dialog_that_is_never_finished_does_not_hold_news_for_ever(
    teams: LocalTeams,
    bot_database: str,
) -> None:
    async with playing(teams, bot_database, longest_wait=0.5, every=0.1) as queue_scene:
        await queue_scene.says("book")
        assert await queue_scene.news("The build is broken.") == "202 queued"
        await eventually_async(lambda: queue_scene.said_to()[1:] == ["The build is broken."])
        assert await queue_scene.says("Turing") == ["Which day?"]


async def test_what_an_outage_held_up_is_sent_after_it(
    teams: LocalTeams,
    bot_database: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with playing(teams, bot_database, every=0.1) as queue_scene:
        await queue_scene.says("hello")
        with monkeypatch.context() as out:
            out.setattr(ANSWER, out_of_order)
            assert await queue_scene.news("one") == "202 queued"
            assert await queue_scene.news("two") == "202 queued"
        await eventually_async(lambda: queue_scene.said_to()[1:] == ["one", "two"])
    assert "Perhaps sent. Teams answered 503" in capsys.readouterr().out


async def test_what_waits_when_the_bot_stops_is_sent_when_it_starts(
    teams: LocalTeams,
    bot_database: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with playing(teams, bot_database) as queue_scene:
        await queue_scene.says("hello")
        with monkeypatch.context() as out:
            out.setattr(ANSWER, out_of_order)
            await queue_scene.news("The build is broken.")
    async with playing(teams, bot_database) as queue_scene:
        await eventually_async(lambda: queue_scene.said_to()[1:] == ["The build is broken."])


async def test_what_teams_will_never_take_leaves_the_queue(
    queue_scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    await queue_scene.says("hello")
    ada = queue_scene.person("Ada Lovelace")
    ada.blocked = True
    assert await queue_scene.news("The build is broken.") == "202 queued"
    ada.blocked = False
    assert await queue_scene.news("The build is fixed.") == "202 queued"
    assert queue_scene.said_to()[1:] == ["The build is fixed."]
    assert "403 MessageWritesBlocked" in capsys.readouterr().out


async def test_news_that_comes_while_the_dialog_ends_arrives_once(
    queue_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering, go_on = threading.Event(), threading.Event()

    def slow(world: World, request: Request) -> Response:
        if request.json["text"].startswith("Room Turing"):
            answering.set()
            go_on.wait(DEADLINE)
        return answer(world, request)

    await queue_scene.says("book")
    await queue_scene.says("Turing")
    monkeypatch.setattr(ANSWER, slow)
    saying = asyncio.create_task(queue_scene.says("Friday"))
    await asyncio.to_thread(answering.wait, DEADLINE)
    news = asyncio.create_task(queue_scene.news("The build is fixed."))
    await asyncio.sleep(0.3)  # time enough to be sent, were there nothing to wait for
    go_on.set()
    await asyncio.gather(news, saying)
    assert queue_scene.said_to()[-2:] == ["Room Turing is yours on Friday.", "The build is fixed."]
    assert queue_scene.said_to().count("The build is fixed.") == 1


async def test_a_database_that_is_away_for_a_while_does_not_end_the_looking(
    teams: LocalTeams,
    bot_database: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with playing(teams, bot_database, every=0.1) as queue_scene:
        await queue_scene.says("hello")
        with monkeypatch.context() as out:
            out.setattr(ANSWER, out_of_order)
            await queue_scene.news("The build is broken.")
            engine = create_engine(bot_database)
            with engine.begin() as connection:
                connection.execute(text("ALTER TABLE waiting RENAME TO away"))
            capsys.readouterr()
            await eventually_async(lambda: "no such table: waiting" in capsys.readouterr().out)
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE away RENAME TO waiting"))
        engine.dispose()
        await eventually_async(lambda: queue_scene.said_to()[1:] == ["The build is broken."])
