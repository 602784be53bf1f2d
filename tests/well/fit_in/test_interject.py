"""News appears at once, in the middle of a dialog too."""

from __future__ import annotations

import pytest

from samples.local_teams.testing import LocalTeams
from samples.runner.running import start
from samples.shared.bot import connect
from samples.well.fit_in.interject import Interject
from tests.support.booking import playing
from tests.support.talking import looks_at, story


@looks_at("interject")
def test_the_story_that_the_page_shows() -> None:
    done = story("interject")
    assert not done.complaint
    assert done.printed == (
        "The build of Analytics is broken. (sent)\n"
        "The build of Analytics is fixed. (sent)\n"
        "Analytics 4.2 is released. (sent)\n"
    )
    [(chat, messages)] = done.arrived
    assert chat.name == "Ada Lovelace"
    assert [message["text"] for message in messages] == [
        "book",
        "Which room?",
        "The build of Analytics is broken.",
        "Turing",
        "Which day?",
        "The build of Analytics is fixed.",
        "Friday",
        "Room Turing is yours on Friday.",
        "Analytics 4.2 is released.",
        "thanks",
        "To book a room, say: book",
    ]


async def test_what_is_said_to_the_news_is_taken_as_the_answer(
    teams: LocalTeams,
    bot_database: str,
) -> None:
    async with playing(teams, Interject(connect(), bot_database)) as scene:
        await scene.says("book")
        assert await scene.news("The build is broken.") == "202 sent"
        assert await scene.says("Which one?") == ["Which day?"]
        assert await scene.says("Friday") == ["Room Which one? is yours on Friday."]


async def test_what_teams_did_not_take_is_lost(
    teams: LocalTeams,
    bot_database: str,
) -> None:
    async with playing(teams, Interject(connect(), bot_database)) as scene:
        await scene.says("book")
        ada = scene.person("Ada Lovelace")
        ada.blocked = True
        assert (await scene.news("The build is broken.")).startswith('502 {"error": "Not sent.')
        ada.blocked = False
        assert await scene.says("Turing") == ["Which day?"]


@pytest.mark.usefixtures("bot_database")
@pytest.mark.parametrize("missing", ["NOTIFY_TOKEN", "TEAMS_TENANT_ID", "CONVERSATIONS_URL"])
def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.delenv(missing)
    with pytest.raises(SystemExit, match=f"{missing} is not set"):
        start("interject")
