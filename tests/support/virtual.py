"""An event loop whose time passes when nobody has anything to do: an hour takes no time."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")


class VirtualTime(asyncio.SelectorEventLoop):
    """Starts at 0 seconds.

    Args:
        late: how many seconds it wakes too late each time, as a busy loop does.
    """

    def __init__(self, late: float = 0.0) -> None:
        super().__init__()
        self.now, self._late = 0.0, late
        self._look = self._selector.select  # type: ignore[attr-defined]
        self._selector.select = self._skip  # type: ignore[attr-defined]

    def time(self) -> float:
        return self.now

    def clock(self) -> datetime:
        """The time as Local Teams asks for it."""
        return datetime(2026, 1, 5, 9, tzinfo=UTC) + timedelta(seconds=self.now)

    def _skip(self, wait: float | None) -> Any:
        found = self._look(0)
        self.now += 1e-6  # to look takes time too, else what is due in no time at all never comes
        if not found and wait:
            self.now += wait + self._late
        return found


def run(loop: VirtualTime, coroutine: Coroutine[Any, Any, T]) -> T:
    """Run to the end in that loop's time."""
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(coroutine)
