"""Two runs of the services give the same bytes."""

from __future__ import annotations

from samples.local_teams.model.contoso import contoso
from samples.runner.recording import ticking
from tests.support.connector import ask, create, personal, said, thread


def test_two_runs_give_the_same_bytes() -> None:
    def run() -> list[tuple[int, dict[str, str], bytes]]:
        world = contoso(clock=ticking())
        chat = world.personal_chat(world.people[0])
        asked = [
            create(world, **personal(world, world.people[0].id)),
            ask(world, "POST", f"/v3/conversations/{chat.id}/activities/x", said("Hello")),
            create(world, **thread(world.teams[0].id, activity=said("Hello"))),
            create(world, **personal(world, "29:1nobody")),
        ]
        return [(r.status, dict(r.headers), r.body) for r in asked]

    assert run() == run()
