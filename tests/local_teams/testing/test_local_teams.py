"""`LocalTeams`: which bots can be connected, and what happens to them."""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request

import pytest
from aiohttp import web
from botbuilder.core import ActivityHandler, TurnContext

from samples.local_teams.testing import LocalTeams, NotDelivered
from samples.shared.bot import connect
from samples.shared.endpoint import messages_app


class Echo(ActivityHandler):
    async def on_message_activity(self, turn_context: TurnContext) -> None:
        await turn_context.send_activity(turn_context.activity.text)


@pytest.mark.usefixtures("environ")
def test_a_bot_is_an_application_or_an_adapter_with_its_handler(teams: LocalTeams) -> None:
    bot = connect()
    app = messages_app(bot, Echo())
    teams.connect(app)
    teams.person("Ada").says("hi")
    teams.connect((bot.adapter, Echo()))
    teams.person("Ada").says("hi again")
    assert teams.chat("Ada").texts == ["hi", "hi again"]
    with pytest.raises(ValueError, match="make one for each test"):
        teams.connect(app)


def test_teams_refuses_on_demand(teams: LocalTeams) -> None:
    teams.fault(status=429, retry_after=1)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{teams.service_url}v3/conversations")
    with refused.value as answer:
        assert (answer.code, answer.headers["Retry-After"]) == (429, "1")
    with pytest.raises(ValueError, match="'mood'"):
        teams.fault(mood="bad")


async def silent(request: web.Request) -> web.Response:
    return web.Response()


async def test_the_bot_hears_and_tests_read_inside_a_running_loop_too(teams: LocalTeams) -> None:
    teams.connect(silent)
    await asyncio.to_thread(teams.person("Ada").says, "hi")
    teams.person("Ada").says("hi")  # the bot has a loop of its own
    assert [e.direction for e in teams.wire] == ["to the bot"] * 2


def test_a_bot_that_fails_fails_the_test(teams: LocalTeams) -> None:
    async def broken(request: web.Request) -> web.Response:
        raise web.HTTPBadRequest(text="no such command")

    teams.connect(broken)
    with pytest.raises(NotDelivered, match=r"400 from .* to message: no such command"):
        teams.person("Ada").says("hi")
