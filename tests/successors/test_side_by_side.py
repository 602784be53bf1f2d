"""The bridge package runs botbuilder's handlers inside an app of the Teams SDK."""

from __future__ import annotations

from typing import Any

from botbuilder.core import ActivityHandler, TurnContext

from samples.local_teams.testing import LocalTeams
from samples.shared.conversations import Conversations
from samples.shared.remembering import Remember
from samples.teams_sdk.bridge import bridged
from tests.support.acting import let
from tests.support.successors import QUIET
from tests.support.turns import receive

pytestmark = QUIET
HELLO = [{"who": "Ada Lovelace", "does": "says", "text": "hello"}]


def texts(teams: LocalTeams) -> list[str]:
    return [m["text"] for m in teams.world.personal_chat(teams.world.people[0]).messages]


async def test_the_old_handler_runs_first_and_then_the_new_one(
    teams: LocalTeams, environ: dict[str, str]
) -> None:
    conversations = Conversations()

    class Old(Remember):
        async def on_message_activity(self, turn_context: TurnContext) -> None:
            await turn_context.send_activity("From botbuilder.")

    app, web = bridged(Old(conversations))

    async def new(turn: Any) -> None:
        await turn.send("From the Teams SDK.")

    app.on_message(new)
    await app.initialize()
    await receive(web, teams.world, HELLO, teams.service_url)
    assert texts(teams) == ["hello", "From botbuilder.", "From the Teams SDK."]
    assert len(conversations.all()) == 1


async def test_an_error_in_the_old_handler_keeps_the_new_one_from_running(
    teams: LocalTeams, environ: dict[str, str]
) -> None:
    """Teams gets 500, and may deliver the activity again."""

    class Old(ActivityHandler):
        async def on_message_activity(self, turn_context: TurnContext) -> None:
            raise RuntimeError("broken")

    app, web = bridged(Old())

    async def new(turn: Any) -> None:
        raise AssertionError("It ran.")

    app.on_message(new)
    await app.initialize()
    [activity] = let(teams.world, "Ada Lovelace", "says", text="hello")
    activity["serviceUrl"] = teams.service_url
    post = {"call": "/api/messages", "json": activity, "expect": 500}
    await receive(web, teams.world, [post])
    assert texts(teams) == ["hello"]
