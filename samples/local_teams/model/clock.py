"""What time it is in a world, and how Teams writes a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]  # gives a time with a time zone


def system_clock() -> datetime:
    """The time of this machine, in UTC."""
    return datetime.now(UTC)


def timestamp(moment: datetime) -> str:
    """A time as activities write it: ISO 8601 with milliseconds."""
    return moment.isoformat(timespec="milliseconds")
