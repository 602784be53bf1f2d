"""One new chat with the app and the message in it, and never two."""

from __future__ import annotations

import pytest

from samples.local_teams.model.faults import Fault
from samples.local_teams.testing import LocalTeams
from samples.prepare.make_group_chat import make_group_chat
from samples.runner.running import start
from samples.shared.graph import GraphError, connect_graph

pytestmark = pytest.mark.usefixtures("environ")


def test_a_new_group_chat_has_the_people_the_app_and_the_message(
    teams: LocalTeams, capsys: pytest.CaptureFixture[str]
) -> None:
    start("make_group_chat")
    chat = teams.world.group_chats[-1]
    assert chat.installed and chat.topic == "Incident 4711"
    assert chat.conversation.members == teams.world.people[:3]
    [message] = chat.conversation.messages
    assert message["text"] == "The build server is down, and you three are on call."
    result = f"Made. Keep this chat id: {chat.conversation.id}\nSent.\n"
    assert capsys.readouterr().out == result


def test_when_nobody_knows_whether_it_was_made_no_second_one_is_made(teams: LocalTeams) -> None:
    teams.world.faults = [Fault(status=504, path="/v1.0/chats", after=True)]
    with pytest.raises(SystemExit, match="504"):
        start("make_group_chat")
    assert len(teams.world.group_chats) == 3
    assert not teams.world.group_chats[-1].installed


def test_without_consent_nothing_is_made(teams: LocalTeams) -> None:
    teams.world.granted -= {"Chat.Create"}
    with pytest.raises(SystemExit, match=r"API requires one of 'Chat\.Create'"):
        start("make_group_chat")
    assert len(teams.world.group_chats) == 2


def test_a_message_that_is_refused_is_told_after_the_chats_id(
    teams: LocalTeams, capsys: pytest.CaptureFixture[str]
) -> None:
    teams.world.faults = [Fault(status=403, code="BotDisabledByAdmin", path="/v3/")]
    with pytest.raises(SystemExit, match="403 BotDisabledByAdmin"):
        start("make_group_chat")
    assert capsys.readouterr().out.startswith("Made. Keep this chat id: 19:")


async def test_a_member_whom_nobody_knows_is_refused(teams: LocalTeams) -> None:
    people = [person.aad_object_id for person in teams.world.people[:2]]
    async with connect_graph() as graph:
        with pytest.raises(GraphError, match="404 NotFound"):
            await make_group_chat(
                graph, topic="Us", user_ids=[*people, "nobody"], app_id=teams.world.catalog[0].id
            )
    assert len(teams.world.group_chats) == 2
