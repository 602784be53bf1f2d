"""The checklist of Move from botbuilder, with bots in each SDK."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from aiohttp import web
from botbuilder.core import ActivityHandler, TurnContext
from microsoft_agents.hosting.aiohttp import CloudAdapter
from microsoft_agents.hosting.core import TurnState

from samples.agents_sdk import bot as agents_sdk
from samples.agents_sdk import endpoint as agents_endpoint
from samples.local_teams.testing import LocalTeams
from samples.local_teams.testing.checklist import Checklist, notifying, saying
from samples.shared.bot import connect
from samples.shared.conversations import Conversations
from samples.shared.endpoint import messages_app
from samples.shared.retrying import retrying
from tests.support.successors import QUIET

pytestmark = QUIET
QUICK = {"retry_after": 0.1, "patience": 2.0, "settle": 0.05}
TOKEN = "made-up-for-this-test-and-used-nowhere-else"


@pytest.fixture(autouse=True)
def prompt(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Bots wait as long as Teams asks, and no moment longer."""
    monkeypatch.setattr("samples.shared.retrying.random.uniform", lambda least, most: 0.0)


class Answering(ActivityHandler):
    async def on_message_activity(self, turn_context: TurnContext) -> None:
        await retrying(if_unsure="leave", attempts=3)(turn_context.send_activity, "Hello")


async def botbuilder() -> web.Application:
    return messages_app(connect(), Answering())


def agents(bot: agents_sdk.Bot, attempts: int = 3) -> web.Application:
    async def answer(context: Any, state: TurnState) -> None:
        await retrying(if_unsure="leave", attempts=attempts)(context.send_activity, "Hello")

    bot.app.activity("message")(answer)
    return agents_endpoint.messages_app(bot)


async def agents_as_it_should_be() -> web.Application:
    return agents(agents_sdk.connect())


async def agents_as_it_comes() -> web.Application:
    bot = agents_sdk.connect()
    stock = CloudAdapter(channel_service_client_factory=bot.clients)
    return agents(agents_sdk.Bot(bot.app, stock, bot.clients, bot.configuration), attempts=1)


async def teams_sdk(upgrades: dict[str, str], attempts: int) -> web.Application:
    endpoint = import_module("samples.teams_sdk.endpoint")
    endpoint.UPGRADES.clear()
    endpoint.UPGRADES.update(upgrades)
    import_module("samples.teams_sdk.failure")  # by which `retrying` reads the SDK's errors
    server = endpoint.Server()
    app = import_module("samples.teams_sdk.bot").connect(server)

    async def answer(turn: Any) -> None:
        await retrying(if_unsure="leave", attempts=attempts)(turn.send, "Hello")

    app.on_message(answer)
    await app.initialize()
    made: web.Application = server.app
    return made


async def teams_as_it_should_be() -> web.Application:
    return await teams_sdk({"add-upgrade": "upgrade", "remove-upgrade": "remove"}, 3)


async def teams_as_it_comes() -> web.Application:
    return await teams_sdk({}, 1)


@pytest.mark.parametrize(
    ("made", "wrong"),
    [
        (agents_as_it_should_be, []),
        pytest.param(agents_as_it_comes, ["Keeps an error to itself"], marks=pytest.mark.prove),
        pytest.param(botbuilder, [], marks=pytest.mark.prove),
        pytest.param(teams_as_it_should_be, [], marks=pytest.mark.prove),
        pytest.param(
            teams_as_it_comes,
            ["Accepts a new version", "Sends again after a 429"],
            marks=pytest.mark.prove,
        ),
    ],
)
async def test_the_checklist_finds_what_an_sdk_does_wrong(
    made: Any, wrong: list[str], teams: LocalTeams, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = import_module("samples.teams_sdk.endpoint")
    monkeypatch.setattr(endpoint, "UPGRADES", dict(endpoint.UPGRADES))  # put back afterwards
    teams.connect(await made())
    lines = list(Checklist(teams, saying(teams, "hello"), notifies=False, **QUICK).lines())
    found = [line for line in lines if line.ok is False]
    assert len(found) == len(wrong), [str(line) for line in found]
    assert all(line.what.startswith(what) for line, what in zip(found, wrong, strict=True))


@pytest.mark.prove
async def test_the_complete_bot_passes(teams: LocalTeams, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_TOKEN", TOKEN)
    notifier = import_module("samples.teams_sdk.notifier")
    teams.connect(await notifier.notifying(Conversations()))
    url, payload = f"{teams.bot_url}api/notify", '{"to": "{user}", "text": "{text}"}'
    send = notifying(teams, url, payload, [f"Authorization: Bearer {TOKEN}"])
    lines = list(Checklist(teams, send, notifies=True, **QUICK).lines())
    assert [str(line) for line in lines if not line.ok] == [] and len(lines) == 12
