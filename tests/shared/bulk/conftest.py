"""Tenants to drain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.draining import Tenant


@pytest.fixture
def tenant(tmp_path: Path) -> Iterator[Callable[[int], Tenant]]:
    made: list[Tenant] = []

    def make(number: int) -> Tenant:
        made.append(Tenant(tmp_path, number))
        return made[-1]

    yield make
    for one in made:
        one.outbox.close()
