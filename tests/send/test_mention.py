"""Who is mentioned where, and what the reader sees when nobody is."""

from __future__ import annotations

import pytest
from botbuilder.core import TurnContext
from botbuilder.core.teams import TeamsInfo
from botbuilder.schema import ErrorResponseException

from samples.local_teams.testing import LocalTeams
from samples.runner.running import start
from samples.send.mention import mention_person
from samples.shared.bot import connect
from samples.shared.sending import reference_to

pytestmark = pytest.mark.usefixtures("environ")


def test_the_chat_sees_a_mention_of_one_person(
    teams: LocalTeams, capsys: pytest.CaptureFixture[str]
) -> None:
    start("mention")
    ada, chat = teams.world.people[0], teams.world.group_chats[0].conversation
    [message] = chat.messages
    assert message["text"] == "<at>Ada Lovelace</at> please check the guest list before noon."
    assert message["entities"] == [
        {
            "type": "mention",
            "text": "<at>Ada Lovelace</at>",
            "mentioned": {"id": ada.id, "name": "Ada Lovelace"},
        }
    ]
    assert sum(len(c.messages) for c in teams.world.conversations()) == 1
    assert capsys.readouterr().out == f"Sent. Keep this message id: {message['id']}\n"


async def test_an_ampersand_in_a_name_is_encoded(teams: LocalTeams) -> None:
    """botbuilder-js#2111: else 400 "Mention entity does not match text"."""
    grace, chat = teams.world.people[1], teams.world.group_chats[0].conversation
    grace.name = "Contoso R&D"
    await mention_person(
        connect(), service_url=teams.service_url, chat_id=chat.id, user_id=grace.id, text="hello"
    )
    [message] = chat.messages
    assert message["text"] == "<at>Contoso R&amp;D</at> hello"
    [mention] = message["entities"]
    assert mention["text"] == "<at>Contoso R&amp;D</at>"
    assert mention["mentioned"]["name"] == "Contoso R&D"


@pytest.mark.parametrize("kind", ["id", "aad_object_id", "email"])
async def test_each_id_of_a_member_will_do(teams: LocalTeams, kind: str) -> None:
    grace, chat = teams.world.people[1], teams.world.group_chats[0].conversation
    message_id = await mention_person(
        connect(),
        service_url=teams.service_url,
        chat_id=chat.id,
        user_id=getattr(grace, kind),
        text="hello",
    )
    [message] = chat.messages
    assert (message["id"], message["text"]) == (message_id, "<at>Grace Hopper</at> hello")
    assert message["entities"][0]["mentioned"] == {"id": grace.id, "name": "Grace Hopper"}


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("TEAMS_USER_ID", "29:1nobody", "404 MemberNotFoundInConversation: "),
        (
            "TEAMS_USER_ID",
            "7f0fb1c6-0000-4000-8000-000000000000",
            "404 MemberNotFoundInConversation",
        ),
        ("TEAMS_CHAT_ID", "19:none@thread.v2", "404 ConversationNotFound: Conversation not found."),
    ],
)
def test_a_wrong_id_is_refused_and_nothing_is_posted(
    teams: LocalTeams, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, expected: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SystemExit, match=f"Not sent. Teams answered {expected}"):
        start("mention")
    assert not any(c.messages for c in teams.world.conversations())


def test_the_app_is_not_in_the_chat(teams: LocalTeams, monkeypatch: pytest.MonkeyPatch) -> None:
    lunch = teams.world.group_chats[1].conversation
    monkeypatch.setenv("TEAMS_CHAT_ID", lunch.id)
    monkeypatch.setenv("TEAMS_USER_ID", lunch.members[0].id)
    with pytest.raises(SystemExit, match=r"403 BotNotInConversationRoster(.|\n)*Forget this conv"):
        start("mention")
    assert lunch.messages == []


async def test_a_caller_gets_the_sdks_exception(teams: LocalTeams) -> None:
    with pytest.raises(ErrorResponseException, match="MemberNotFoundInConversation"):
        await mention_person(
            connect(),
            service_url=teams.service_url,
            chat_id=teams.world.group_chats[0].conversation.id,
            user_id="29:1nobody",
            text="hello",
        )


async def test_teams_info_cannot_read_the_roster_here(teams: LocalTeams) -> None:
    """Why the sample asks the connector client: the turn was not begun by an activity of Teams."""
    bot, chat = connect(), teams.world.group_chats[0].conversation

    async def on_turn(turn: TurnContext) -> None:
        await TeamsInfo.get_member(turn, teams.world.people[0].id)

    reference = reference_to(bot, service_url=teams.service_url, conversation_id=chat.id)
    with pytest.raises(TypeError, match="must be a mapping, not NoneType"):
        await bot.adapter.continue_conversation(reference, on_turn, bot.app_id)
