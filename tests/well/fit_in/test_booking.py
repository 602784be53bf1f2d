"""The dialog, its state over restarts, and who may bring news."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from samples.local_teams.events.actions import UserAction
from samples.local_teams.testing import LocalTeams
from samples.shared.bot import connect
from samples.well.fit_in.interject import Interject
from samples.well.fit_in.storage import SqlStorage
from tests.support.booking import TOKEN, Scene, playing


@pytest.fixture
async def booking_scene(teams: LocalTeams, bot_database: str) -> AsyncIterator[Scene]:
    async with playing(teams, Interject(connect(), bot_database)) as booking_scene:
        yield booking_scene


# -- the dialog ------------------------------------------------------------------------------------


async def test_two_answers_book_a_room(booking_scene: Scene) -> None:
    assert await booking_scene.says("hello") == ["To book a room, say: book"]
    assert await booking_scene.says(" Book ") == ["Which room?"]
    assert await booking_scene.says("Turing") == ["Which day?"]
    assert await booking_scene.says("Friday") == ["Room Turing is yours on Friday."]
    assert await booking_scene.says("Friday") == ["To book a room, say: book"]


async def test_a_dialog_can_be_cancelled(booking_scene: Scene) -> None:
    assert await booking_scene.says("cancel") == ["To book a room, say: book"]
    await booking_scene.says("book")
    assert await booking_scene.says("Cancel") == ["Nothing is booked."]
    assert await booking_scene.says("Turing") == ["To book a room, say: book"]


async def test_an_answer_without_text_is_asked_for_again(booking_scene: Scene) -> None:
    await booking_scene.says("book")
    assert (
        await booking_scene.happens(UserAction("Ada Lovelace", "says", text="(a)"), text=None)
        == 201
    )
    assert booking_scene.said_to() == ["Which room?", "Which room?"]


async def test_each_person_has_a_dialog_of_their_own(booking_scene: Scene) -> None:
    for who in ("Ada Lovelace", "Grace Hopper"):
        await booking_scene.says("book", who)
    await booking_scene.says("Turing")
    await booking_scene.says("Babbage", "Grace Hopper")
    assert await booking_scene.says("Friday") == ["Room Turing is yours on Friday."]
    assert await booking_scene.says("Monday", "Grace Hopper") == [
        "Room Babbage is yours on Monday."
    ]


async def test_the_dialog_outlives_a_restart(teams: LocalTeams, bot_database: str) -> None:
    for said, answered in [
        ("book", "Which room?"),
        ("Turing", "Which day?"),
        ("Friday", "Room Turing is yours on Friday."),
    ]:
        async with playing(teams, Interject(connect(), bot_database)) as booking_scene:
            assert await booking_scene.says(said) == [answered]


async def test_state_is_kept_replaced_and_deleted(tmp_path: Any) -> None:
    storage = SqlStorage(f"sqlite:///{tmp_path}/state.db")
    await storage.write({"a": {"n": 1}, "b": {"n": 2}})
    await storage.write({"a": {"n": 3}})
    assert await SqlStorage(f"sqlite:///{tmp_path}/state.db").read(["a", "b", "c"]) == {
        "a": {"n": 3},
        "b": {"n": 2},
    }
    await storage.delete({"a"})
    assert await storage.read(["a", "b"]) == {"b": {"n": 2}}


# -- news ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "the toke", "thé token"])
async def test_who_has_not_the_token_brings_no_news(booking_scene: Scene, token: str) -> None:
    await booking_scene.says("hello")
    assert (await booking_scene.news("Hi", token=token)).startswith("401")
    async with booking_scene.client.post("/api/notify") as answer:
        assert answer.status == 401
    assert len(booking_scene.said_to()) == 1


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "The body must be JSON."),
        (b"[]", "The body must be a JSON object."),
        (b"null", "The body must be a JSON object."),
        (b'{"to": "somebody"}', "text must be a string that is not empty."),
        (b"\xff", "The body must be JSON."),
    ],
)
async def test_news_has_a_form(booking_scene: Scene, body: bytes, expected: str) -> None:
    async with booking_scene.client.post(
        "/api/notify",
        data=body,
        headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
    ) as answer:
        assert (answer.status, await answer.json()) == (400, {"error": expected})


async def test_who_is_unknown_left_or_opted_out_is_not_told(
    teams: LocalTeams, booking_scene: Scene
) -> None:
    nobody = '404 {"error": "Nobody with this ID can be notified."}'
    assert await booking_scene.news("Hi") == nobody
    await booking_scene.says("hello")
    chat = teams.world.personal_chat(booking_scene.person("Ada Lovelace"))
    booking_scene.bot.conversations.opt_out(teams.world.tenant_id, chat.id)
    assert await booking_scene.news("Hi") == nobody
    booking_scene.bot.conversations.opt_out(teams.world.tenant_id, chat.id, out=False)
    assert await booking_scene.news("Hi") == "202 sent"
    await booking_scene.happens(UserAction("Ada Lovelace", "removes"))
    assert await booking_scene.news("Hi") == nobody
    assert booking_scene.said_to() == ["To book a room, say: book", "Hi"]


async def test_who_installs_the_app_can_be_told(booking_scene: Scene) -> None:
    await booking_scene.happens(UserAction("Barbara Liskov", "installs"))
    assert await booking_scene.news("Hi", "Barbara Liskov") == "202 sent"
    assert booking_scene.said_to("Barbara Liskov") == ["Hi"]


async def test_what_teams_refuses_is_told_to_the_program(booking_scene: Scene) -> None:
    await booking_scene.says("hello")
    await booking_scene.happens(UserAction("Ada Lovelace", "blocks"))
    assert (await booking_scene.news("Hi")).startswith(
        '502 {"error": "Not sent. Teams answered 403 MessageWritesBlocked: Thread'
    )
