"""What a run did, in lines that a person reads."""

from __future__ import annotations

import pytest

from samples.local_teams.testing import LocalTeams
from samples.runner import report


def test_a_channel_is_called_with_its_team(teams: LocalTeams) -> None:
    channel = teams.world.teams[0].channels[1]
    assert report.title(teams.world, channel) == "Releases (channel in Engineering)"


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ({"text": "hi"}, "hi"),
        ({"text": "hi", "edited": True}, "hi (edited)"),
        ({"deleted": True}, "(deleted)"),
        ({"summary": "Build failed", "attachments": [{}]}, "Build failed (card)"),
        ({"attachments": [{}, {}]}, "(2 cards)"),
    ],
)
def test_a_message_in_one_line(message: dict[str, object], line: str) -> None:
    assert report.gist(message) == line


def test_bodies_that_are_empty_are_not_shown(teams: LocalTeams) -> None:
    assert list(report._indented(None)) == []
