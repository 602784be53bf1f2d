"""Contoso has what the guide needs."""

from __future__ import annotations

from samples.local_teams.model.world import World


def test_contoso_has_everyone_the_guide_needs(world: World) -> None:
    reachable = [p for p in world.people if p.installed and not p.blocked]
    assert len(reachable) >= 5
    assert [p.installed for p in world.people].count(False) == 1
    assert [p.blocked for p in world.people].count(True) == 1
    assert [c.installed for c in world.group_chats] == [True, False]
    assert [(t.installed, len(t.channels)) for t in world.teams] == [(True, 3), (False, 1)]
