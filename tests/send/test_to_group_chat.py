"""Who sees the message, and that no bot can make a group chat."""

from __future__ import annotations

from typing import Any

import pytest
from botbuilder.core import MessageFactory, TurnContext
from botbuilder.schema import ChannelAccount, ConversationParameters, ErrorResponseException
from botframework.connector import Channels

from samples.local_teams.testing import LocalTeams
from samples.runner.running import start
from samples.send.to_group_chat import message_group_chat
from samples.shared.bot import connect
from samples.shared.failure import Failure

pytestmark = pytest.mark.usefixtures("environ")


def test_the_message_arrives_in_the_group_chat_and_nowhere_else(
    teams: LocalTeams, capsys: pytest.CaptureFixture[str]
) -> None:
    start("to_group_chat")
    party = teams.world.group_chats[0].conversation
    [message] = party.messages
    assert message["text"] == "The launch is on Thursday at 10:00."
    assert message["from"]["id"] == teams.world.bot_id
    assert sum(len(c.messages) for c in teams.world.conversations()) == 1
    assert capsys.readouterr().out == f"Sent. Keep this message id: {message['id']}\n"


async def test_a_chat_that_somebody_made_opens_up_once_the_app_is_in_it(teams: LocalTeams) -> None:
    """The way round: people or Microsoft Graph make the chat, the app is added, the bot writes."""
    made = teams.world.add_group_chat("Audit", *teams.world.people[:3], installed=False)

    async def send() -> str:
        return await message_group_chat(
            connect(),
            service_url=teams.service_url,
            chat_id=made.conversation.id,
            text="The audit starts.",
        )

    with pytest.raises(ErrorResponseException, match="BotNotInConversationRoster"):
        await send()
    made.installed = True
    assert await send() == made.conversation.messages[0]["id"]
    assert [m["text"] for m in made.conversation.messages] == ["The audit starts."]


@pytest.mark.parametrize("members", [1, 2, 3])
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"topic_name": "Audit"},
        {"bot": ChannelAccount(id="28:")},
        {"activity": MessageFactory.text("Hello")},
    ],
    ids=["members alone", "topic", "bot", "first message"],
)
async def test_a_bot_cannot_make_a_group_chat(
    teams: LocalTeams, members: int, more: dict[str, Any]
) -> None:
    bot = connect()

    async def on_opened(_: TurnContext) -> None:
        pytest.fail("a group chat was made")

    with pytest.raises(ErrorResponseException) as refused:
        await bot.adapter.create_conversation(
            bot.app_id,
            on_opened,
            ConversationParameters(
                is_group=True,
                members=[ChannelAccount(id=p.id) for p in teams.world.people[:members]],
                tenant_id=teams.world.tenant_id,
                channel_data={"tenant": {"id": teams.world.tenant_id}},
                **more,
            ),
            Channels.ms_teams,
            teams.service_url,
        )
    assert str(Failure.of(refused.value)) == (
        "Not sent. Teams answered 400 BadSyntax: Incorrect conversation creation parameters\n"
        "Send one member and the tenant id for a personal chat, or channelData.channel.id and a "
        "first activity for a thread."
    )
    assert len(teams.world.group_chats) == 2


@pytest.mark.parametrize(
    ("chat", "expected"),
    [
        ("Lunch", "403 BotNotInConversationRoster: The bot is not part of the conversation"),
        ("Lunch", "wait until the app is installed in it"),
        ("", "404 ConversationNotFound: Conversation not found."),
    ],
)
def test_a_refusal_is_told_with_what_to_do(
    teams: LocalTeams, monkeypatch: pytest.MonkeyPatch, chat: str, expected: str
) -> None:
    ids = {c.conversation.name: c.conversation.id for c in teams.world.group_chats}
    monkeypatch.setenv("TEAMS_CHAT_ID", ids.get(chat, "19:gone@thread.v2"))
    with pytest.raises(SystemExit, match=expected):
        start("to_group_chat")
    assert all(not c.messages for c in teams.world.conversations())


def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEAMS_CHAT_ID")
    with pytest.raises(SystemExit, match="TEAMS_CHAT_ID is not set"):
        start("to_group_chat")
