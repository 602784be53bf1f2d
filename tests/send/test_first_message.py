"""The program on the first screen arrives."""

from __future__ import annotations

import pytest

from samples.local_teams.testing import LocalTeams
from samples.runner.running import start

pytestmark = pytest.mark.usefixtures("environ")


def test_the_message_arrives_in_the_persons_chat(
    teams: LocalTeams, capsys: pytest.CaptureFixture[str]
) -> None:
    start("first_message")
    [message] = teams.world.personal_chat(teams.world.people[0]).messages
    assert message["text"] == "The desk lamp that you watch costs 39.90 now."
    assert sum(len(chat.messages) for chat in teams.world.conversations()) == 1
    assert capsys.readouterr().out == "Sent.\n"
