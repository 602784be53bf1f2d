"""A team and its channels."""

from __future__ import annotations

from urllib.parse import quote

from samples.local_teams.model.world import World
from tests.support.connector import ask, error


def test_a_team_and_its_channels(world: World) -> None:
    team = world.teams[0]
    general, *others = team.channels
    assert ask(world, "GET", f"/v3/teams/{quote(team.id)}").json == {
        "id": team.id,
        "name": "Engineering",
        "channelCount": 3,
        "memberCount": 4,
    }
    channels = ask(world, "GET", f"/v3/teams/{quote(team.id)}/conversations").json
    assert channels["conversations"] == [
        {"id": general.id},
        *({"id": channel.id, "name": channel.name} for channel in others),
    ]
    chat = world.group_chats[0].conversation.id
    for path in (f"/v3/teams/{quote(chat)}", f"/v3/teams/{quote(chat)}/conversations"):
        assert error(ask(world, "GET", path))[:2] == (404, "ConversationNotFound")
    finance = quote(world.teams[1].id)
    assert error(ask(world, "GET", f"/v3/teams/{finance}"))[:2] == (
        403,
        "BotNotInConversationRoster",
    )


def test_the_id_of_another_channel_names_no_team(world: World) -> None:
    channel = world.teams[0].channels[1]
    assert error(ask(world, "GET", f"/v3/teams/{quote(channel.id)}"))[0] == 404
