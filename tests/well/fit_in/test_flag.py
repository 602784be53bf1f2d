"""News is brought up when the person writes and no dialog is going on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest
from botbuilder.core import MemoryStorage, TurnContext, UserState
from botbuilder.schema import ChannelAccount
from botframework.connector import Channels

from samples.local_teams.events.actions import UserAction
from samples.local_teams.model.exchange import Request, Response
from samples.local_teams.model.world import World
from samples.local_teams.services.dispatch import answer
from samples.local_teams.testing import LocalTeams
from samples.shared.bot import connect
from samples.shared.remembering import reference_of
from samples.well.fit_in.flag import Flag
from tests.support.booking import Scene, playing
from tests.support.talking import looks_at, story
from tests.support.waiting import DEADLINE

ANSWER = "samples.local_teams.server.hub.answer"


@pytest.fixture
async def flag_scene(teams: LocalTeams, bot_database: str) -> AsyncIterator[Scene]:
    async with playing(teams, Flag(connect(), bot_database)) as flag_scene:
        yield flag_scene


@looks_at("flag")
def test_the_story_that_the_page_shows() -> None:
    """The bot is killed while the flag is up, and only the newest of two pieces of news is told."""
    done = story("flag")
    assert not done.complaint
    assert done.printed == (
        "The build of Analytics is broken. (flag set)\n"
        "The build of Analytics is fixed. (flag set)\n"
        "Analytics 4.2 is released. (flag set)\n"
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
        "By the way: The build of Analytics is fixed.",
        "thanks",
        "To book a room, say: book",
        "By the way: Analytics 4.2 is released.",
    ]


async def test_nothing_is_said_before_the_person_writes_and_nothing_twice(
    flag_scene: Scene,
) -> None:
    await flag_scene.says("hello")
    assert await flag_scene.news("The build is fixed.") == "202 flag set"
    assert flag_scene.said_to() == ["To book a room, say: book"]
    assert await flag_scene.says("book") == ["Which room?"]
    assert await flag_scene.says("cancel") == [
        "Nothing is booked.",
        "By the way: The build is fixed.",
    ]
    assert await flag_scene.says("hello") == ["To book a room, say: book"]


async def test_the_flag_stays_up_when_teams_does_not_take_the_message(
    flag_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await flag_scene.says("hello")
    await flag_scene.news("The build is fixed.")

    def refuse(world: World, request: Request) -> Response:
        if request.json["text"].startswith("By the way"):
            return Response(503, {}, b"")
        return answer(world, request)

    with monkeypatch.context() as out:
        out.setattr(ANSWER, refuse)
        assert await flag_scene.happens(UserAction("Ada Lovelace", "says", text="hi")) == 500
    assert (await flag_scene.says("hello"))[1:] == ["By the way: The build is fixed."]


async def test_news_that_comes_while_the_bot_answers_is_not_overwritten(
    flag_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The turn of the answer has read the state already, and saves it after the flag is set."""
    answering, go_on = threading.Event(), threading.Event()

    def slow(world: World, request: Request) -> Response:
        if request.json["text"] == "Which day?":
            answering.set()
            go_on.wait(DEADLINE)
        return answer(world, request)

    await flag_scene.says("book")
    monkeypatch.setattr(ANSWER, slow)
    saying = asyncio.create_task(flag_scene.says("Turing"))
    await asyncio.to_thread(answering.wait, DEADLINE)
    news = asyncio.create_task(flag_scene.news("The build is fixed."))
    await asyncio.sleep(0.3)  # time enough to set the flag, were there nothing to wait for
    go_on.set()
    assert (await news, await saying) == ("202 flag set", ["Which day?"])
    assert (await flag_scene.says("Friday"))[1:] == ["By the way: The build is fixed."]


# -- the SDK, as the page tells it -----------------------------------------------------------------


async def test_there_is_no_user_state_in_a_proactive_turn(flag_scene: Scene) -> None:
    await flag_scene.says("hello")
    [ada] = flag_scene.bot.conversations.all("personal")
    seen: list[tuple[str, str]] = []

    async def on_turn(turn: TurnContext) -> None:
        seen.append((turn.activity.type, turn.activity.name))
        await UserState(MemoryStorage()).load(turn)

    with pytest.raises(AttributeError, match="'NoneType' object has no attribute 'id'"):
        await flag_scene.bot.bot.adapter.continue_conversation(
            reference_of(ada), on_turn, flag_scene.bot.bot.app_id
        )
    assert seen == [("event", "ContinueConversation")]
    reference = reference_of(ada)
    reference.user = ChannelAccount(id=ada.user_id)
    await flag_scene.bot.bot.adapter.continue_conversation(
        reference, on_turn, flag_scene.bot.bot.app_id
    )


@pytest.mark.parametrize(
    ("channel_id", "found"), [("msteams", "The build is fixed."), (Channels.ms_teams, None)]
)
async def test_the_state_is_named_after_the_channel_id(
    flag_scene: Scene, channel_id: str, found: str | None
) -> None:
    await flag_scene.says("hello")
    await flag_scene.news("The build is fixed.")
    [ada] = flag_scene.bot.conversations.all("personal")
    reference = reference_of(ada)
    reference.channel_id = channel_id
    news: list[object] = []

    async def on_turn(turn: TurnContext) -> None:
        news.append(await flag_scene.bot.state.create_property("news").get(turn))

    await flag_scene.bot.bot.adapter.continue_conversation(
        reference, on_turn, flag_scene.bot.bot.app_id
    )
    assert news == [found]
