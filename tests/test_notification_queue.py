"""samples/notification_queue.py: news waits for the end of the dialog, in order; none is lost."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import create_engine, text

from samples.bot import connect
from samples.local_teams.connector import answer
from samples.local_teams.exchange import Request, Response
from samples.local_teams.server import LocalTeams
from samples.local_teams.world import World
from samples.notification_queue import NotificationQueue
from tests.talking import looks_at, story
from tests.test_booking import Scene, database  # noqa: F401

ANSWER = "samples.local_teams.server.answer"


@asynccontextmanager
async def playing(
    teams: LocalTeams,
    database: str,  # noqa: F811
    *,
    longest_wait: float = 1800,
    every: float = 60,
) -> AsyncIterator[Scene]:
    bot = NotificationQueue(connect(), database, longest_wait=longest_wait, every=every)
    scene = Scene(teams, bot)
    scene.client.app.cleanup_ctx.append(bot.look_after)
    async with scene.client:
        yield scene


@pytest.fixture
async def scene(teams: LocalTeams, database: str) -> AsyncIterator[Scene]:  # noqa: F811
    async with playing(teams, database) as scene:
        yield scene


async def until(true: Callable[[], bool]) -> None:
    for _ in range(500):
        if true():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("not in time")


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


async def test_one_persons_dialog_holds_up_nobody_else(scene: Scene) -> None:
    await scene.says("hello", "Grace Hopper")
    await scene.says("book")
    assert await scene.news("Hi, Ada") == "202 queued"
    assert await scene.news("Hi, Grace", "Grace Hopper") == "202 queued"
    assert await scene.says("cancel") == ["Nothing is booked.", "Hi, Ada"]
    assert scene.told("Grace Hopper")[1:] == ["Hi, Grace"]


async def test_a_dialog_that_is_never_finished_does_not_hold_news_for_ever(
    teams: LocalTeams,
    database: str,  # noqa: F811
) -> None:
    async with playing(teams, database, longest_wait=0.5, every=0.1) as scene:
        await scene.says("book")
        assert await scene.news("The build is broken.") == "202 queued"
        await until(lambda: scene.told()[1:] == ["The build is broken."])
        assert await scene.says("Turing") == ["Which day?"]


async def test_what_an_outage_held_up_is_sent_after_it(
    teams: LocalTeams,
    database: str,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with playing(teams, database, every=0.1) as scene:
        await scene.says("hello")
        with monkeypatch.context() as out:
            out.setattr(ANSWER, out_of_order)
            assert await scene.news("one") == "202 queued"
            assert await scene.news("two") == "202 queued"
        await until(lambda: scene.told()[1:] == ["one", "two"])
    assert "Perhaps sent. Teams answered 503" in capsys.readouterr().out


async def test_what_waits_when_the_bot_stops_is_sent_when_it_starts(
    teams: LocalTeams,
    database: str,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with playing(teams, database) as scene:
        await scene.says("hello")
        with monkeypatch.context() as out:
            out.setattr(ANSWER, out_of_order)
            await scene.news("The build is broken.")
    async with playing(teams, database) as scene:
        await until(lambda: scene.told()[1:] == ["The build is broken."])


async def test_what_teams_will_never_take_leaves_the_queue(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    await scene.says("hello")
    ada = scene.person("Ada Lovelace")
    ada.blocked = True
    assert await scene.news("The build is broken.") == "202 queued"
    ada.blocked = False
    assert await scene.news("The build is fixed.") == "202 queued"
    assert scene.told()[1:] == ["The build is fixed."]
    assert "403 MessageWritesBlocked" in capsys.readouterr().out


async def test_news_that_comes_while_the_dialog_ends_arrives_once(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering, go_on = threading.Event(), threading.Event()

    def slow(world: World, request: Request) -> Response:
        if request.json["text"].startswith("Room Turing"):
            answering.set()
            go_on.wait(5)
        return answer(world, request)

    await scene.says("book")
    await scene.says("Turing")
    monkeypatch.setattr(ANSWER, slow)
    saying = asyncio.create_task(scene.says("Friday"))
    await asyncio.to_thread(answering.wait, 5)
    news = asyncio.create_task(scene.news("The build is fixed."))
    await asyncio.sleep(0.3)  # time enough to be sent, were there nothing to wait for
    go_on.set()
    await asyncio.gather(news, saying)
    assert scene.told()[-2:] == ["Room Turing is yours on Friday.", "The build is fixed."]
    assert scene.told().count("The build is fixed.") == 1


async def test_a_database_that_is_away_for_a_while_does_not_end_the_looking(
    teams: LocalTeams,
    database: str,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with playing(teams, database, every=0.1) as scene:
        await scene.says("hello")
        with monkeypatch.context() as out:
            out.setattr(ANSWER, out_of_order)
            await scene.news("The build is broken.")
            engine = create_engine(database)
            with engine.begin() as connection:
                connection.execute(text("ALTER TABLE waiting RENAME TO away"))
            capsys.readouterr()
            await until(lambda: "no such table: waiting" in capsys.readouterr().out)
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE away RENAME TO waiting"))
        engine.dispose()
        await until(lambda: scene.told()[1:] == ["The build is broken."])
