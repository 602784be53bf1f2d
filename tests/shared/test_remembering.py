"""Places that were deleted are forgotten."""

from __future__ import annotations

from samples.local_teams.model.world import World
from samples.shared.conversations import Conversations, is_over
from tests.support.remembering import activities, everywhere, ids

# -- places that were deleted ----------------------------------------------------------------------


def test_a_deleted_channel_is_forgotten_and_its_team_stays(
    world: World, conversations: Conversations
) -> None:
    everywhere(world, conversations)
    releases = world.teams[0].channels[1].id
    [deleted] = activities(world, "Ada Lovelace", "deletes", "Engineering/Releases")
    assert is_over(deleted) and deleted.conversation.id != releases
    assert conversations.forget_activity(deleted) == 1
    assert releases not in ids(conversations) and len(conversations.all("channel")) == 3


def test_a_deleted_team_is_forgotten_with_all_its_channels(
    world: World, conversations: Conversations
) -> None:
    everywhere(world, conversations)
    finance = next(team.id for team in world.teams if team.name == "Finance")
    [deleted] = activities(world, "Ada Lovelace", "deletes", "Engineering")
    assert is_over(deleted)
    assert conversations.forget_activity(deleted) == 3
    assert {one.team_id for one in conversations.all("channel")} == {finance}
