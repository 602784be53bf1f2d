"""How fast a bot may ask Teams: the windows of facts.toml, each one sliding."""

from __future__ import annotations

import math
from collections import deque
from datetime import datetime

from ...facts import facts
from .world import Clock

EVERY = "Every request"


class Window:
    """At most so many turns in any so many seconds, for several spans at once.

    Args:
        windows: seconds to turns, for example `{1: 7, 2: 8, 30: 60, 3600: 1800}`.
    """

    def __init__(self, windows: dict[float, int]) -> None:
        self._windows = windows
        self._taken: deque[datetime] = deque(maxlen=max(windows.values()))

    def wait(self, now: datetime) -> float:
        """Seconds until there is a turn: 0 when there is one now."""
        return max(
            (
                max(0.0, seconds - (now - self._taken[-turns]).total_seconds())
                for seconds, turns in self._windows.items()
                if len(self._taken) >= turns
            ),
            default=0.0,
        )

    def take(self, now: datetime) -> None:
        self._taken.append(now)


class Limits:
    """Every limit of facts.toml. What is refused takes no turn.

    Args:
        clock: says what time it is.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._windows: dict[tuple[str, ...], Window] = {}

    def wait(self, operation: str, conversation_id: str, *, bot: str) -> int:
        """Take a turn for a request, or say how long there is none.

        Args:
            operation: as `[[limits]]` in facts.toml names it; empty when only the limit for
                everything counts.
            conversation_id: of a chat or a channel; a thread counts as its channel.
            bot: who asks.

        Returns:
            0 when the request may go on, else the whole seconds to wait (Retry-After).
        """
        now = self._clock()
        place = conversation_id.partition(";messageid=")[0]
        windows = [
            self._window((scope, asked, *who))
            for scope, asked, *who in (
                ("one app in one tenant", EVERY, bot),
                ("one bot in one conversation", operation, bot, place),
                ("all bots in one conversation", operation, place),
            )
            if asked
        ]
        seconds = max(window.wait(now) for window in windows)
        if seconds > 0:
            return math.ceil(seconds)
        for window in windows:
            window.take(now)
        return 0

    def graph(self, call: str) -> int:
        """The same for Microsoft Graph, by the name of a call in `[[graph_limits]]`."""
        if ("graph", call) not in self._windows:
            row = next(row for row in facts()["graph_limits"] if row["call"] == call)
            self._windows["graph", call] = Window({1.0: row["tenant"]})
        now, window = self._clock(), self._windows["graph", call]
        if (seconds := window.wait(now)) > 0:
            return math.ceil(seconds)
        window.take(now)
        return 0

    def _window(self, key: tuple[str, ...]) -> Window:
        if key not in self._windows:
            scope, operation, *_ = key
            row = next(
                r for r in facts()["limits"] if (r["scope"], r["operation"]) == (scope, operation)
            )
            self._windows[key] = Window({float(s): n for s, n in row["windows"].items()})
        return self._windows[key]
