"""In which channel the thread starts, and what the reader sees if not."""

from __future__ import annotations

from typing import Any

import pytest
from botbuilder.core import MessageFactory, TurnContext
from botbuilder.core.teams import TeamsInfo
from botbuilder.schema import (
    ConversationAccount,
    ConversationParameters,
    ConversationReference,
    ErrorResponseException,
)
from botframework.connector import Channels

from samples.local_teams.testing import LocalTeams
from samples.runner.running import start
from samples.send.to_channel import start_thread
from samples.shared.bot import connect

pytestmark = pytest.mark.usefixtures("environ")


def arrived(teams: LocalTeams) -> dict[str, list[str]]:
    """The texts in every conversation that has any, by its name."""
    return {
        c.name: [m["text"] for m in c.messages] for c in teams.world.conversations() if c.messages
    }


def test_a_thread_starts_in_that_channel_and_nowhere_else(
    teams: LocalTeams, capsys: pytest.CaptureFixture[str]
) -> None:
    start("to_channel")
    assert arrived(teams) == {"Releases": ["Release 1.4.0 is out."]}
    releases = teams.world.teams[0].channels[1]
    [message] = releases.messages
    assert message["from"]["id"] == teams.world.bot_id
    assert message["conversation"]["id"] == f"{releases.id};messageid={message['id']}"
    assert capsys.readouterr().out == (
        f"Sent as message {message['id']}. Keep this thread: {message['conversation']['id']}\n"
    )


def test_one_request_is_all_it_takes_and_the_message_is_in_it(teams: LocalTeams) -> None:
    start("to_channel")
    [exchange] = teams.wire
    assert exchange.request.path == "/v3/conversations"
    assert exchange.request.json["activity"]["text"] == "Release 1.4.0 is out."


async def test_each_call_starts_another_thread(teams: LocalTeams) -> None:
    releases = teams.world.teams[0].channels[1]
    threads = [
        await start_thread(
            connect(), service_url=teams.service_url, channel_id=releases.id, text="Hello"
        )
        for _ in range(2)
    ]
    assert threads[0] != threads[1]
    assert [m["conversation"]["id"] for m in releases.messages] == [
        thread.conversation_id for thread in threads
    ]
    assert [m["id"] for m in releases.messages] == [thread.message_id for thread in threads]


def test_the_teams_id_is_its_general_channel(
    teams: LocalTeams, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEAMS_CHANNEL_ID", environ["TEAMS_TEAM_ID"])
    start("to_channel")
    assert arrived(teams) == {"General": ["Release 1.4.0 is out."]}


@pytest.mark.parametrize(
    ("team", "expected"),
    [
        ("Finance", "403 BotNotInConversationRoster: The bot is not part of the conversation"),
        ("Finance", "wait until the app is installed in it"),
        ("", "404 ConversationNotFound: Conversation not found."),
    ],
)
def test_a_refusal_is_told_with_what_to_do(
    teams: LocalTeams, monkeypatch: pytest.MonkeyPatch, team: str, expected: str
) -> None:
    ids = {t.name: t.id for t in teams.world.teams}
    monkeypatch.setenv("TEAMS_CHANNEL_ID", ids.get(team, "19:gone@thread.tacv2"))
    with pytest.raises(SystemExit, match=expected):
        start("to_channel")
    assert arrived(teams) == {}


def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEAMS_CHANNEL_ID")
    with pytest.raises(SystemExit, match="TEAMS_CHANNEL_ID is not set"):
        start("to_channel")


# -- the traps that the page names -----------------------------------------------------------------


@pytest.mark.parametrize("wrong", ["no first message", "the id as channel data"])
async def test_what_is_left_out_is_bad_syntax(teams: LocalTeams, wrong: str) -> None:
    bot, channel_id = connect(), teams.world.teams[0].channels[1].id
    data: Any = {"channel": {"id": channel_id}}
    parameters = (
        ConversationParameters(is_group=True, channel_data=data)
        if wrong == "no first message"
        else ConversationParameters(
            is_group=True, channel_data=channel_id, activity=MessageFactory.text("Hello")
        )
    )

    async def on_started(_: TurnContext) -> None:
        pytest.fail("nothing was started")

    with pytest.raises(
        ErrorResponseException, match=r"BadSyntax.*Incorrect conversation creation parameters"
    ):
        await bot.adapter.create_conversation(
            bot.app_id, on_started, parameters, Channels.ms_teams, teams.service_url
        )
    assert arrived(teams) == {}


async def test_the_teams_helper_takes_the_path_of_the_old_adapter(teams: LocalTeams) -> None:
    bot, channel_id = connect(), teams.world.teams[0].channels[1].id

    async def on_turn(turn: TurnContext) -> None:
        await TeamsInfo.send_message_to_teams_channel(
            turn, MessageFactory.text("Hello"), channel_id
        )

    reference = ConversationReference(
        channel_id=Channels.ms_teams,
        service_url=teams.service_url,
        conversation=ConversationAccount(id=channel_id),
    )
    with pytest.raises(TypeError, match="service_url is required"):
        await bot.adapter.continue_conversation(reference, on_turn, bot.app_id)
    assert arrived(teams) == {}
