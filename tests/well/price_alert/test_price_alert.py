"""Who is notified of which price, who is not, and how it ends."""

from __future__ import annotations

import asyncio
import json
import threading
import urllib.request
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from samples.local_teams.events.actions import UserAction, perform
from samples.local_teams.model.exchange import Request, Response
from samples.local_teams.model.world import World
from samples.local_teams.services.dispatch import answer
from samples.local_teams.testing import LocalTeams
from samples.runner.running import start
from samples.shared.bot import connect
from samples.shared.callers import SharedSecret
from samples.shared.conversations import Conversations
from samples.well.price_alert.__main__ import make_app
from samples.well.price_alert.watches import Watches
from tests.support.talking import looks_at, story
from tests.support.waiting import DEADLINE, eventually

TOKEN = "a-token-of-the-tests-and-nothing-else"
ANSWER = "samples.local_teams.server.hub.answer"
HELP = "I write to you when a price changes."


class Scene:
    """The bot behind HTTP, people who write to it, and a program that posts prices."""

    def __init__(self, teams: LocalTeams, database: str) -> None:
        self.teams = teams
        self.conversations, self.watches = Conversations(database), Watches(database)
        app = make_app(connect(), self.conversations, self.watches, SharedSecret(TOKEN))
        self.client = TestClient(TestServer(app))

    async def happens(self, who: str, does: str, text: str = "", where: str = "") -> str:
        """Let somebody do something; answers with what the bot said last to them."""
        happening = UserAction(who, does, where, text)
        for activity in perform(self.teams.world, happening, service_url=self.teams.service_url):
            async with self.client.post("/api/messages", json=activity) as posted:
                assert posted.ok, await posted.text()
        return (self.said_to(who) or [""])[-1]

    async def says(self, who: str, text: str) -> str:
        return await self.happens(who, "says", text)

    async def price(self, product: Any, price: Any, token: str = TOKEN) -> ClientResponse:
        return await self.client.post(
            "/api/prices",
            json={"product": product, "price": price},
            headers={"Authorization": f"Bearer {token}"},
        )

    def said_to(self, who: str) -> list[str]:
        """What the bot said in somebody's personal chat, oldest first."""
        world = self.teams.world
        person = next(p for p in world.people if p.name == who)
        chat = world.personal_chat(person)
        return [m["text"] for m in chat.messages if m["from"]["id"] == world.bot_id]


@pytest.fixture
async def price_scene(teams: LocalTeams, environ: dict[str, str]) -> AsyncIterator[Scene]:
    price_scene = Scene(teams, environ["CONVERSATIONS_URL"])
    async with price_scene.client:
        yield price_scene


@looks_at("price_alert")
def test_two_people_watch_and_the_bot_is_killed_in_between() -> None:
    """The story that the page shows, in a process of its own."""
    done = story("price_alert")
    assert not done.complaint
    assert done.printed == (
        "desk lamp 49.00: 0 notified, 0 ended, 0 failed\n"
        "desk lamp 45.00: 1 notified, 0 ended, 0 failed\n"
        "desk lamp 45.00: 0 notified, 0 ended, 0 failed\n"
        "desk lamp 39.00: 2 notified, 0 ended, 0 failed\n"
        "desk lamp 38.50: 1 notified, 0 ended, 0 failed\n"
    )
    texts = {
        chat.name: [m["text"] for m in messages if m["from"]["name"] == "Contoso Notifier"]
        for chat, messages in done.arrived
    }
    assert texts == {
        "Ada Lovelace": [
            "I write to you when the price of desk lamp changes. It costs 49.00 now.",
            "desk lamp: 49.00 → 45.00. You asked me to watch it. To end this, say: stop desk lamp",
            "desk lamp: 45.00 → 39.00. You asked me to watch it. To end this, say: stop desk lamp",
            "I no longer watch desk lamp.",
        ],
        "Grace Hopper": [
            "I write to you when the price of desk lamp changes to less than 40.00. "
            "It costs 49.00 now.",
            "desk lamp: 45.00 → 39.00. You asked me to watch it and to tell you below 40.00. "
            "To end this, say: stop desk lamp",
            "desk lamp: 39.00 → 38.50. You asked me to watch it and to tell you below 40.00. "
            "To end this, say: stop desk lamp",
        ],
    }


# -- in chat ---------------------------------------------------------------------------------------


async def test_what_people_can_say(price_scene: Scene) -> None:
    ada = "Ada Lovelace"
    assert (await price_scene.says(ada, "hello")).startswith(HELP)
    assert (await price_scene.says(ada, "watch")).startswith(HELP)
    assert (await price_scene.says(ada, "list of films")).startswith(HELP)
    assert await price_scene.says(ada, "list") == "I watch for you: nothing."
    assert await price_scene.says(ada, "stop") == "I do not watch anything for you."
    assert await price_scene.says(ada, "stop desk lamp") == "I do not watch desk lamp for you."
    assert await price_scene.says(ada, "  Watch   Desk LAMP ") == (
        "I write to you when the price of desk lamp changes. It has no price yet."
    )
    await price_scene.says(ada, "watch monitor below 199.9")
    assert (
        await price_scene.says(ada, "list") == "I watch for you: desk lamp, monitor below 199.90."
    )
    await price_scene.says(ada, "watch monitor")
    assert await price_scene.says(ada, "list") == "I watch for you: desk lamp, monitor."
    assert await price_scene.says(ada, "Stop Monitor") == "I no longer watch monitor."
    await price_scene.says(ada, "watch chair")
    assert await price_scene.says(ada, "stop") == "I no longer watch chair, desk lamp."
    assert await price_scene.says(ada, "list") == "I watch for you: nothing."


async def test_what_cannot_be_watched_is_said(price_scene: Scene) -> None:
    result = await price_scene.says("Ada Lovelace", "watch desk lamp below cheap")
    assert result == "'cheap' is not a price. Write it like 39.90"
    result = await price_scene.says("Ada Lovelace", f"watch {'x' * 81}")
    assert result == "A product's name has 1 to 80 characters."
    assert await price_scene.says("Ada Lovelace", "list") == "I watch for you: nothing."


async def test_a_message_without_text_is_answered_with_help(price_scene: Scene) -> None:
    [activity] = perform(
        price_scene.teams.world,
        UserAction("Ada Lovelace", "says", text="(a picture)"),
        service_url=price_scene.teams.service_url,
    )
    del activity["text"]
    async with price_scene.client.post("/api/messages", json=activity) as posted:
        assert posted.ok
    assert price_scene.said_to("Ada Lovelace")[-1].startswith(HELP)


async def test_people_hear_of_their_own_watches_only(price_scene: Scene) -> None:
    await price_scene.says("Ada Lovelace", "watch desk lamp")
    assert await price_scene.says("Grace Hopper", "list") == "I watch for you: nothing."
    assert await price_scene.says("Grace Hopper", "stop") == "I do not watch anything for you."
    await price_scene.price("chair", "80")
    assert len(price_scene.said_to("Ada Lovelace")) == 1


# -- prices ----------------------------------------------------------------------------------------


async def test_the_first_price_is_news_and_the_same_again_is_not(price_scene: Scene) -> None:
    await price_scene.says("Ada Lovelace", "watch desk lamp")
    for price, result in [("45", 1), (45.0, 0), ("45.00", 0), (44, 1)]:
        posted = await price_scene.price("Desk Lamp", price)
        assert (posted.status, await posted.json()) == (
            200,
            {"notified": result, "ended": 0, "failed": 0},
        )
    assert [text.partition(".")[0] for text in price_scene.said_to("Ada Lovelace")[1:]] == [
        "desk lamp: 45",
        "desk lamp: 45",
    ]
    assert price_scene.said_to("Ada Lovelace")[-1].startswith("desk lamp: 45.00 → 44.00.")


async def test_cents_are_exact(price_scene: Scene) -> None:
    """0.1 + 0.2 is not 0.3 as a float; a price must not change on its way through the database."""
    await price_scene.price("screw", "0.30")
    await price_scene.says("Ada Lovelace", "watch screw below 0.30")
    await price_scene.price("screw", 0.3)
    await price_scene.price("screw", "123456789.99")
    assert len(price_scene.said_to("Ada Lovelace")) == 1
    await price_scene.price("screw", 0.29)
    assert "screw: 123456789.99 → 0.29." in price_scene.said_to("Ada Lovelace")[-1]


@pytest.mark.parametrize("token", ["", "the toke", "The token", "thé token"])
async def test_who_has_not_the_token_tells_nobody(price_scene: Scene, token: str) -> None:
    await price_scene.says("Ada Lovelace", "watch desk lamp")
    assert (await price_scene.price("desk lamp", "1", token)).status == 401
    assert (await price_scene.client.post("/api/prices")).status == 401
    assert len(price_scene.said_to("Ada Lovelace")) == 1


async def test_a_token_that_is_no_text_is_refused_too(price_scene: Scene) -> None:
    url = price_scene.client.make_url("/api/prices")
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(b"POST /api/prices HTTP/1.0\r\nAuthorization: Bearer \xe9\r\n\r\n")
    assert b" 401 " in await reader.readline()
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "The body must be JSON."),
        (b"\xff", "The body must be JSON."),
        (b"[]", "The body must be a JSON object."),
        (b'{"price": "39.90"}', "product must be a string"),
        (b'{"product": "desk lamp"}', "price must be a string"),
        (b'{"product": true, "price": "39.90"}', "product must be a string"),
        (b'{"product": " ", "price": "39.90"}', "product must be a string that is not empty."),
        (b'{"product": "%s", "price": "39.90"}' % (b"x" * 81), "1 to 80 characters"),
        (b'{"product": "desk lamp", "price": "-1"}', "'-1' is not a price"),
        (b'{"product": "desk lamp", "price": 39.999}', "'39.999' is not a price"),
        (b'{"product": "desk lamp", "price": 1e3}', "'1e3' is not a price"),
        (b'{"product": "desk lamp", "price": NaN}', "The body must be JSON."),
        (b'{"product": "desk lamp", "price": null}', "price must be a string"),
    ],
)
async def test_what_is_no_price_is_refused(price_scene: Scene, body: bytes, expected: str) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    async with price_scene.client.post("/api/prices", data=body, headers=headers) as posted:
        said = (await posted.json())["error"]
        assert posted.status == 400 and expected in said, said


@pytest.mark.parametrize("missing", ["PRICES_TOKEN", "CONVERSATIONS_URL"])
def test_it_does_not_start_without(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setenv("PRICES_TOKEN", TOKEN)
    monkeypatch.delenv(missing)
    with pytest.raises(SystemExit) as ended:
        start("price_alert")
    assert str(ended.value) == (
        f"{missing} is not set. To run without a tenant: python -m samples run price_alert"
    )


# -- when Teams refuses ----------------------------------------------------------------------------


async def test_one_refusal_does_not_stop_the_others_and_ends_that_watch(
    price_scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    people = ["Ada Lovelace", "Grace Hopper", "Alan Turing"]
    for who in people:
        await price_scene.says(who, "watch desk lamp")
    await price_scene.says("Grace Hopper", "watch chair")
    await price_scene.happens("Grace Hopper", "blocks")
    posted = await price_scene.price("desk lamp", "45")
    assert (posted.status, await posted.json()) == (200, {"notified": 2, "ended": 1, "failed": 0})
    assert [len(price_scene.said_to(who)) for who in people] == [
        2,
        2,
        2,
    ]  # Grace: two answers, no alert
    assert "403 MessageWritesBlocked" in capsys.readouterr().out

    blocked = {c.user_name for c in price_scene.conversations.all() if c.blocked}
    assert blocked == {"Grace Hopper"}

    await price_scene.happens("Grace Hopper", "unblocks")
    await price_scene.price("desk lamp", "44")
    await price_scene.price("chair", "80")
    assert [len(price_scene.said_to(who)) for who in people] == [3, 2, 3]
    assert await price_scene.says("Grace Hopper", "list") == "I watch for you: nothing."


async def test_who_could_not_be_told_is_told_with_the_same_price(
    price_scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await price_scene.says("Ada Lovelace", "watch desk lamp")
    await price_scene.says("Grace Hopper", "watch desk lamp")
    first = iter([True])

    def busy(world: World, request: Request) -> Response:
        return Response(503, {}, b"") if next(first, False) else answer(world, request)

    monkeypatch.setattr(ANSWER, busy)
    posted = await price_scene.price("desk lamp", "45")
    assert (posted.status, await posted.json()) == (502, {"notified": 1, "ended": 0, "failed": 1})
    assert "Teams answered 503" in capsys.readouterr().out
    posted = await price_scene.price("desk lamp", "45")
    assert (posted.status, await posted.json()) == (200, {"notified": 1, "ended": 0, "failed": 0})
    for who in ("Ada Lovelace", "Grace Hopper"):
        assert len(price_scene.said_to(who)) == 2


async def test_who_says_stop_while_others_are_told_is_not_told(
    price_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    for who in ("Ada Lovelace", "Grace Hopper"):
        await price_scene.says(who, "watch desk lamp")
    world = price_scene.teams.world
    chats = {world.personal_chat(person).id: person.name for person in world.people[:2]}
    others = dict(zip(chats.values(), reversed(chats.values()), strict=True))
    threads: list[threading.Thread] = []
    url = str(price_scene.client.make_url("/api/messages"))

    def say_stop(who: str) -> None:
        [activity] = perform(
            world, UserAction(who, "says", text="stop"), service_url=price_scene.teams.service_url
        )
        message = urllib.request.Request(
            url,
            json.dumps(activity).encode(),
            {"Content-Type": "application/json"},
        )
        urllib.request.urlopen(message, timeout=DEADLINE).close()

    def slow(world: World, request: Request) -> Response:
        """While the first is notified, the other says stop, and the bot takes note."""
        if not threads:
            to = next(
                name for chat, name in chats.items() if chat in request.path.replace("%3A", ":")
            )
            threads.append(threading.Thread(target=say_stop, args=(others[to],)))
            threads[0].start()
            person = next(p for p in world.people if p.name == others[to])
            key = world.tenant_id, world.personal_chat(person).id
            eventually(lambda: not price_scene.watches.of(*key))
        return answer(world, request)

    monkeypatch.setattr(ANSWER, slow)
    posted = await price_scene.price("desk lamp", "45")
    assert await posted.json() == {"notified": 1, "ended": 0, "failed": 0}
    alerts = [
        text for who in others for text in price_scene.said_to(who) if "desk lamp: 45" in text
    ]
    assert len(alerts) == 1


async def test_who_stops_at_the_moment_of_being_told_is_not_watched_again(
    price_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await price_scene.says("Ada Lovelace", "watch desk lamp")
    world = price_scene.teams.world
    key = world.tenant_id, world.personal_chat(world.people[0]).id

    def stopped(world: World, request: Request) -> Response:
        price_scene.watches.stop(*key)
        return answer(world, request)

    monkeypatch.setattr(ANSWER, stopped)
    posted = await price_scene.price("desk lamp", "45")
    assert await posted.json() == {"notified": 1, "ended": 0, "failed": 0}
    assert price_scene.watches.of(*key) == []


async def test_who_removes_the_app_is_forgotten(price_scene: Scene) -> None:
    await price_scene.says("Edsger Dijkstra", "watch desk lamp")
    assert price_scene.conversations.all()
    await price_scene.happens("Edsger Dijkstra", "removes")
    assert price_scene.conversations.all() == []
    await price_scene.happens("Edsger Dijkstra", "installs")
    assert await price_scene.says("Edsger Dijkstra", "list") == "I watch for you: nothing."
    posted = await price_scene.price("desk lamp", "45")
    assert await posted.json() == {"notified": 0, "ended": 0, "failed": 0}


async def test_two_prices_at_once_are_told_in_their_order(price_scene: Scene) -> None:
    for who in ("Ada Lovelace", "Grace Hopper", "Alan Turing"):
        await price_scene.says(who, "watch desk lamp")
    await asyncio.gather(*(price_scene.price("desk lamp", price) for price in ("45", "44")))
    for who in ("Ada Lovelace", "Grace Hopper", "Alan Turing"):
        first, second = price_scene.said_to(who)[1:]
        price = first.removeprefix("desk lamp: ").partition(". ")[0]
        assert second.startswith(f"desk lamp: {price} → ")
