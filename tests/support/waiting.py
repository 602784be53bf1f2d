"""The one way in which tests wait: short polls for a condition, with a deadline far away.

The deadline says when a test gives up, not how long anything may take: a starved machine is slow.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Callable
from time import monotonic, sleep  # by name: a test may replace what is in `time`
from typing import Any, Generic, TypeVar

T = TypeVar("T")
DEADLINE = 60.0  # seconds
# Seconds between two polls: of what comes soon, and of what takes long, such as Python in a page.
# A poll of a page takes time from what it waits for.
PAUSE, LONG_PAUSE, SLOWER = 0.02, 0.1, 1.2


def eventually(condition: Callable[[], T], *, within: float | None = None) -> T:
    """Return the first value of `condition` that is true; AssertionError when none is in time."""
    within = within or DEADLINE
    end = monotonic() + within
    pause = PAUSE
    while not (value := condition()):
        assert monotonic() < end, f"not within {within:g} seconds"
        sleep(pause)
        pause = min(pause * SLOWER, LONG_PAUSE)
    return value


async def eventually_async(condition: Callable[[], T], *, within: float | None = None) -> T:
    """The same where an event loop runs, which goes on meanwhile."""
    within = within or DEADLINE
    end = monotonic() + within
    while not (value := condition()):
        assert monotonic() < end, f"not within {within:g} seconds"
        await asyncio.sleep(PAUSE)
    return value


def listens(port: int | str) -> bool:
    """Whether somebody listens on this port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(port))) == 0


class NotYetError(Exception):
    """What is to be read is not there."""


class Polled(Generic[T]):
    """Something that changes, which is read again until it is as asked for, or the deadline.

    Nothing gives the value of this moment: what is not a comparison raises TypeError.
    `empty` is called before a comparison that is true of what has not come yet, and may refuse it;
    `found` after one of something that has come.
    """

    def __init__(
        self,
        read: Callable[[], T],
        *,
        empty: Callable[[], None] = lambda: None,
        found: Callable[[], None] = lambda: None,
    ) -> None:
        self._read, self._empty, self._found = read, empty, found
        self._last: object = "nothing"

    def _now(self) -> tuple[bool, Any]:
        try:
            self._last = value = self._read()
        except NotYetError as error:
            self._last = error
            return False, None
        return True, value

    def _becomes(self, right: Callable[[T], object], *, absent: bool = False) -> bool:
        if absent:
            self._empty()

        def once() -> bool:
            there, value = self._now()
            return there and bool(right(value))

        try:
            eventually(once)
        except AssertionError:
            return False
        if not absent:
            self._found()
        return True

    def __eq__(self, other: object) -> bool:
        return self._becomes(lambda value: value == other, absent=not other)

    def __le__(self, other: Any) -> bool:
        return self._becomes(lambda value: value <= other)

    def __ge__(self, other: Any) -> bool:
        return self._becomes(lambda value: value >= other)

    def __gt__(self, other: Any) -> bool:
        return self._becomes(lambda value: value > other)

    def has(self, *parts: Any) -> bool:
        """Whether all these are in it, sooner or later."""

        def right(value: Any) -> bool:
            return all(part in value for part in parts)

        return self._becomes(right)

    def lacks(self, *parts: Any) -> bool:
        """Whether none of these is in it, sooner or later."""

        def right(value: Any) -> bool:
            return all(part not in value for part in parts)

        return self._becomes(right, absent=True)

    def matches(self, pattern: str) -> bool:
        """Whether all of its text matches, sooner or later."""
        return self._becomes(lambda value: re.fullmatch(pattern, str(value)))

    def when(self, right: Callable[[T], object]) -> T:
        """Its first value of which `right` is true; AssertionError after the deadline."""
        values: list[T] = []

        def keep(value: T) -> bool:
            values.append(value)
            return bool(right(value))

        assert self._becomes(keep), f"the last value is {self._last!r}"
        return values[-1]

    def __repr__(self) -> str:
        return repr(self._last)

    def _refuse(self, *_: object) -> Any:
        raise TypeError("This is read by comparing it: ==, <=, has, lacks, matches or when.")

    __ne__ = __bool__ = __iter__ = __len__ = __contains__ = __getitem__ = __str__ = _refuse
    __hash__ = None  # type: ignore[assignment]
