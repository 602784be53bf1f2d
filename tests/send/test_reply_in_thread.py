"""Under which message a reply arrives, also from another process."""

from __future__ import annotations

import subprocess
import sys

import pytest
from botbuilder.core import MessageFactory
from botbuilder.schema import (
    ChannelAccount,
    ConversationAccount,
    ConversationReference,
    ErrorResponseException,
)
from botframework.connector import Channels

from samples.local_teams.model.teams import Conversation
from samples.local_teams.testing import LocalTeams
from samples.runner.running import start
from samples.send.reply_in_thread import reply_in_thread, start_thread
from samples.shared.bot import connect
from samples.shared.sending import send
from tests.support.waiting import DEADLINE

pytestmark = pytest.mark.usefixtures("environ")


@pytest.fixture
def releases(teams: LocalTeams) -> Conversation:
    return teams.world.teams[0].channels[1]


def thread(teams: LocalTeams, channel: Conversation, root_id: str) -> list[str]:
    """The texts of one thread, oldest first."""
    messages = teams.world.messages(f"{channel.id};messageid={root_id}")
    return [m["text"] for m in messages or []]


def test_both_replies_stand_in_the_thread(
    teams: LocalTeams, releases: Conversation, capsys: pytest.CaptureFixture[str]
) -> None:
    start("reply_in_thread")
    root = releases.messages[0]
    assert thread(teams, releases, root["id"]) == [
        "Release 1.4.0 is on its way.",
        "Step 1 of 2: the database is ready.",
        "Step 2 of 2: everybody has it.",
    ]
    assert sum(len(c.messages) for c in teams.world.conversations()) == 3
    assert capsys.readouterr().out == (
        "Started. Keep the ids of the channel and the first message: "
        f"{releases.id} {root['id']}\nReplied.\n"
    )


async def test_a_reply_goes_under_its_own_first_message(
    teams: LocalTeams, releases: Conversation
) -> None:
    bot = connect()
    roots = [
        await start_thread(
            bot,
            service_url=teams.service_url,
            channel_id=releases.id,
            text=name,
            reply=f"about {name}",
        )
        for name in ("first", "second")
    ]
    reply_id = await reply_in_thread(
        bot,
        service_url=teams.service_url,
        channel_id=releases.id,
        root_id=roots[0],
        text="first again",
    )
    assert thread(teams, releases, roots[0]) == ["first", "about first", "first again"]
    assert thread(teams, releases, roots[1]) == ["second", "about second"]
    assert releases.messages[-1]["id"] == reply_id


def test_the_kept_strings_are_enough_for_another_process(
    teams: LocalTeams, releases: Conversation
) -> None:
    root = teams.world.post(
        releases, {"type": "message", "text": "Who?"}, sender=teams.world.people[0]
    )
    later = (
        "import asyncio, sys; from samples.shared.bot import connect;"
        "from samples.send.reply_in_thread import reply_in_thread;"
        "url, channel, root = sys.argv[1:];"
        "asyncio.run(reply_in_thread(connect(), service_url=url, channel_id=channel,"
        "root_id=root, text='Me'))"
    )
    subprocess.run(
        [sys.executable, "-c", later, teams.service_url, releases.id, root["id"]],
        check=True,
        timeout=DEADLINE,
    )
    assert thread(teams, releases, root["id"]) == ["Who?", "Me"]


async def test_reply_to_id_makes_no_reply(teams: LocalTeams, releases: Conversation) -> None:
    bot = connect()
    root = teams.world.post(releases, {"type": "message", "text": "Who?"})
    message = MessageFactory.text("Me")
    message.reply_to_id = root["id"]
    reference = ConversationReference(
        channel_id=Channels.ms_teams,
        service_url=teams.service_url,
        bot=ChannelAccount(id=bot.id),
        conversation=ConversationAccount(id=releases.id),
    )
    new_id = await send(bot, reference, message)
    assert thread(teams, releases, root["id"]) == ["Who?"]
    assert thread(teams, releases, new_id) == ["Me"]


async def test_outside_a_channel_the_thread_is_ignored(teams: LocalTeams) -> None:
    chat = teams.world.group_chats[0].conversation
    first = teams.world.post(chat, {"type": "message", "text": "Who?"})
    await reply_in_thread(
        connect(),
        service_url=teams.service_url,
        channel_id=chat.id,
        root_id=first["id"],
        text="Me",
    )
    assert [(m["text"], m["conversation"]["id"]) for m in chat.messages] == [
        ("Who?", chat.id),
        ("Me", chat.id),
    ]


async def test_no_message_has_this_id(teams: LocalTeams, releases: Conversation) -> None:
    with pytest.raises(ErrorResponseException, match="ConversationNotFound"):
        await reply_in_thread(
            connect(),
            service_url=teams.service_url,
            channel_id=releases.id,
            root_id="1700000000000",
            text="Me",
        )
    assert releases.messages == []


@pytest.mark.parametrize(
    ("team", "expected"),
    [
        ("Finance", "403 BotNotInConversationRoster: The bot is not part of the conversation"),
        ("", "404 ConversationNotFound: Conversation not found."),
    ],
)
def test_a_refusal_is_told_with_what_to_do(
    teams: LocalTeams, monkeypatch: pytest.MonkeyPatch, team: str, expected: str
) -> None:
    ids = {t.name: t.id for t in teams.world.teams}
    monkeypatch.setenv("TEAMS_CHANNEL_ID", ids.get(team, "19:gone@thread.tacv2"))
    with pytest.raises(SystemExit, match=expected):
        start("reply_in_thread")
    assert all(not c.messages for c in teams.world.conversations())


def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEAMS_CHANNEL_ID")
    with pytest.raises(SystemExit, match="TEAMS_CHANNEL_ID is not set"):
        start("reply_in_thread")
