"""What arrives, and what the reader sees when nothing does."""

from __future__ import annotations

from typing import Any

import pytest
from botbuilder.core import CardFactory
from botbuilder.schema import Activity, ChannelAccount, ConversationAccount, ConversationReference

from samples.local_teams.model.people import Person
from samples.local_teams.testing import LocalTeams
from samples.runner.running import start
from samples.send.card import card, send_card
from samples.shared.bot import connect
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.sending import send

pytestmark = pytest.mark.usefixtures("environ")


def messages(teams: LocalTeams, person: Person) -> list[dict[str, Any]]:
    return teams.world.personal_chat(person).messages


def test_one_message_arrives_with_the_card_and_what_its_notification_shows(
    teams: LocalTeams, capsys: pytest.CaptureFixture[str]
) -> None:
    start("card")
    [message] = messages(teams, teams.world.people[0])
    assert message["summary"] == "Grace Hopper asks you to approve € 1,250 by Friday"
    assert message["importance"] == "high"
    assert message["channelData"] == {"notification": {"alert": True}}
    assert "text" not in message  # with one, Teams makes two messages of it
    [attachment] = message["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert attachment["content"] == {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.5",
        "body": [
            {
                "type": "TextBlock",
                "text": "Purchase order 4711 waits for you",
                "weight": "Bolder",
                "wrap": True,
            },
            {
                "type": "FactSet",
                "facts": [
                    {"title": "From", "value": "Grace Hopper"},
                    {"title": "Amount", "value": "€ 1,250"},
                    {"title": "Needed by", "value": "Friday"},
                ],
            },
        ],
        "actions": [
            {
                "type": "Action.OpenUrl",
                "title": "Open the order",
                "url": "https://contoso.example/orders/4711",
            }
        ],
    }
    assert sum(len(c.messages) for c in teams.world.conversations()) == 1
    assert capsys.readouterr().out == f"Sent. Keep this message id: {message['id']}\n"


async def test_another_card_goes_to_another_conversation(teams: LocalTeams) -> None:
    chat = teams.world.group_chats[0].conversation
    content = card(title="Lights out", facts={}, button="See", url="https://contoso.example/")
    message_id = await send_card(
        connect(),
        service_url=teams.service_url,
        conversation_id=chat.id,
        content=content,
        summary="Lights out",
    )
    [message] = chat.messages
    assert (message["id"], message["attachments"][0]["content"]) == (message_id, content)


def test_the_person_blocked_the_bot(teams: LocalTeams, monkeypatch: pytest.MonkeyPatch) -> None:
    dennis = next(p for p in teams.world.people if p.blocked)
    monkeypatch.setenv("TEAMS_CONVERSATION_ID", teams.world.personal_chat(dennis).id)
    with pytest.raises(SystemExit, match=r"403 MessageWritesBlocked(.|\n)*blocked or uninstalled"):
        start("card")
    assert messages(teams, dennis) == []


def test_the_app_was_removed_since(teams: LocalTeams, monkeypatch: pytest.MonkeyPatch) -> None:
    barbara = next(p for p in teams.world.people if not p.installed)
    monkeypatch.setenv("TEAMS_CONVERSATION_ID", teams.world.personal_chat(barbara).id)
    with pytest.raises(SystemExit, match=r"403 BotNotInConversationRoster(.|\n)*Forget this conv"):
        start("card")
    assert messages(teams, barbara) == []


def test_there_is_no_such_conversation(teams: LocalTeams, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = "19:gone@thread.v2"
    monkeypatch.setenv("TEAMS_CONVERSATION_ID", gone)
    with pytest.raises(SystemExit, match=r"404 ConversationNotFound(.|\n)*create the conversation"):
        start("card")


async def test_a_card_that_is_too_large_is_told(teams: LocalTeams) -> None:
    content = card(title="x" * 60_000, facts={}, button="Open", url="https://contoso.example")
    with pytest.raises(SEND_ERRORS) as caught:
        await send_card(
            connect(),
            service_url=teams.service_url,
            conversation_id=teams.world.personal_chat(teams.world.people[0]).id,
            content=content,
            summary="Too much",
        )
    error_text = str(Failure.of(caught.value))
    assert error_text.startswith("Not sent. Teams answered 413 MessageSizeTooBig")
    assert "Make the message smaller." in error_text
    assert messages(teams, teams.world.people[0]) == []


async def test_text_and_card_in_one_message_give_no_id(teams: LocalTeams) -> None:
    """Why the sample leaves the text out."""
    reference = ConversationReference(
        channel_id="msteams",
        service_url=teams.service_url,
        bot=ChannelAccount(id=teams.world.bot_id),
        conversation=ConversationAccount(id=teams.world.personal_chat(teams.world.people[0]).id),
    )
    content = card(title="Order", facts={}, button="Open", url="https://contoso.example")
    both = Activity(type="message", text="Hi", attachments=[CardFactory.adaptive_card(content)])
    assert not await send(connect(), reference, both)
    assert len(messages(teams, teams.world.people[0])) == 2
