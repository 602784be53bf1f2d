"""Contoso, the tenant that Local Teams starts with."""

from __future__ import annotations

from .clock import Clock, system_clock
from .world import World


def contoso(*, clock: Clock = system_clock) -> World:
    """A world with everyone and everything that the guide names."""
    world = World(clock=clock)
    ada = world.add_person("Ada Lovelace")
    grace = world.add_person("Grace Hopper", timezone="America/New_York")
    alan = world.add_person("Alan Turing")
    katherine = world.add_person("Katherine Johnson", timezone="America/Los_Angeles")
    edsger = world.add_person("Edsger Dijkstra", timezone="Europe/Amsterdam")
    barbara = world.add_person("Barbara Liskov", installed=False)
    dennis = world.add_person("Dennis Ritchie", blocked=True)
    world.add_group_chat("Launch party", ada, grace, alan)
    world.add_group_chat("Lunch", edsger, barbara, dennis, installed=False)
    world.add_team("Engineering", ada, grace, alan, katherine, channels=("Releases", "Incidents"))
    world.add_team("Finance", edsger, barbara, installed=False)
    world.add_group("Everyone", *world.people)
    return world
