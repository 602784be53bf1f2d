"""People and places by name."""

from __future__ import annotations

import pytest

from samples.local_teams.model.world import World
from tests.support.acting import let


@pytest.mark.parametrize(
    ("who", "does", "where", "error_text"),
    [
        ("Nobody", "says", "", "There are: Ada Lovelace"),
        ("A", "says", "", "Nobody is called 'A'"),
        ("Ada Lovelace", "says", "Nowhere", "no chat, team or team/channel called 'Nowhere'"),
        ("Ada Lovelace", "says", "Nowhere", "There are: Launch party, Lunch, Engineering/General"),
        ("Ada Lovelace", "says", "Engineering/Nowhere", "called 'Engineering/Nowhere'"),
        ("Ada Lovelace", "dances", "", "'dances' is not one of says, installs"),
    ],
)
def test_a_slip_in_a_story_is_named(
    world: World, who: str, does: str, where: str, error_text: str
) -> None:
    with pytest.raises(ValueError, match=error_text):
        let(world, who, does, where=where)


def test_a_first_name_will_do_where_only_one_person_has_it(world: World) -> None:
    [said] = let(world, "Ada", "says", text="hello")
    assert said["from"]["name"] == "Ada Lovelace"
    world.add_person("Ada Yonath")
    with pytest.raises(ValueError, match="Several are called 'Ada'"):
        let(world, "Ada", "says", text="hello")
    [said] = let(world, "Ada Yonath", "says", text="hello")
    assert said["from"]["name"] == "Ada Yonath"


def test_people_and_conversations_go_by_their_ids_too(world: World) -> None:
    ada, party = world.people[0], world.group_chats[0].conversation
    incidents = world.teams[0].channels[2]
    text = "<at>Contoso Notifier</at> hello"
    for who in (ada.id, ada.aad_object_id):
        for place in (world.personal_chat(ada), party, incidents):
            [said] = let(world, who, "says", where=place.id, text=text)
            assert said["conversation"]["id"].partition(";")[0] == place.id
