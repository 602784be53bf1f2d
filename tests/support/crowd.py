"""Many people in Local Teams, whom the bot knows, and what each of them got."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from sqlalchemy import create_engine, insert

from samples.local_teams.model.clock import Clock
from samples.local_teams.model.people import Person
from samples.local_teams.model.world import World
from samples.shared.conversations import Conversation, Conversations


def crowd(number: int, *, clock: Clock, seed: str = "Contoso") -> World:
    """A tenant of so many people, all of whom have the app."""
    world = World(clock=clock, seed=seed)
    for one in range(number):
        world.add_person(f"Person {one}")
    return world


def remember(world: World, store: str, *people: Person) -> None:
    """Put the chats with some people, or everybody, into the store of conversations."""
    Conversations(store)
    rows = [
        {
            "tenant_id": world.tenant_id,
            "id": world.personal_chat(person).id,
            "kind": "personal",
            "service_url": world.service_url,
            "bot_id": world.bot_id,
            "user_id": person.id,
            "aad_object_id": person.aad_object_id,
            "user_name": person.name,
            "opted_out": False,
        }
        for person in people or world.people
    ]
    with create_engine(store).begin() as connection:
        connection.execute(insert(Conversation), rows)


def got(world: World) -> Counter[str]:
    """How many messages of the bot's each person got, by name."""
    return Counter(
        {
            chat.name: sum(m["from"]["id"] == world.bot_id for m in chat.messages)
            for chat in world.personal_chats.values()
        }
    )


def environment(world: World, folder: Path, *, outbox: str = "") -> dict[str, str]:
    """The environment of a broadcast to a crowd, with its databases in a folder."""
    return {
        "MicrosoftAppId": "",
        "TEAMS_SERVICE_URL": world.service_url,
        "TEAMS_TENANT_ID": world.tenant_id,
        "CONVERSATIONS_URL": f"sqlite:///{folder}/conversations.db",
        "OUTBOX_URL": outbox or f"sqlite:///{folder}/outbox.db",
    }
