"""How fast a bot may send requests to Teams: the sliding windows of facts.toml."""

from __future__ import annotations

import math
from collections import deque
from datetime import datetime

from ...facts import facts, limit
from .clock import Clock
from .ids import split_thread

EVERY = "Every request"


class Window:
    """At most so many requests in any so many seconds, for several spans at once.

    Args:
        windows: seconds to requests, for example `{1: 7, 2: 8, 30: 60, 3600: 1800}`.
    """

    def __init__(self, windows: dict[float, int]) -> None:
        self._windows = windows
        self._counted: deque[datetime] = deque(maxlen=max(windows.values()))

    def wait(self, now: datetime) -> float:
        """Seconds until the next request is allowed: 0 when it is allowed now."""
        while self._counted and self._counted[-1] > now:  # the clock was set back
            self._counted.pop()
        return max(
            (
                max(0.0, seconds - (now - self._counted[-most]).total_seconds())
                for seconds, most in self._windows.items()
                if len(self._counted) >= most
            ),
            default=0.0,
        )

    def count(self, now: datetime) -> None:
        """Count a request."""
        self._counted.append(now)


class Limits:
    """Every limit of facts.toml. A refused request does not count.

    Args:
        clock: gives the current time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._windows: dict[tuple[str, ...], Window] = {}

    def wait(self, operation: str, conversation_id: str, *, bot: str) -> int:
        """Count a request to the Connector, or say how long it must wait.

        Args:
            operation: as `[[limits]]` in facts.toml names it; empty when only the limit for
                everything counts.
            conversation_id: of a chat or a channel; a thread counts as its channel.
            bot: who sends the request.

        Returns:
            0 when the request may go on, else the whole seconds to wait (Retry-After).
        """
        place, _ = split_thread(conversation_id)
        return self._count(
            *(
                self._window((scope, limited, *who))
                for scope, limited, *who in (
                    ("one app in one tenant", EVERY, bot),
                    ("one bot in one conversation", operation, bot, place),
                    ("all bots in one conversation", operation, place),
                )
                if limited
            )
        )

    def graph(self, call: str) -> int:
        """The same for Microsoft Graph, by the name of a call in `[[graph_limits]]`."""
        if ("graph", call) not in self._windows:
            row = next(row for row in facts()["graph_limits"] if row["call"] == call)
            self._windows["graph", call] = Window({1.0: row["tenant"]})
        return self._count(self._windows["graph", call])

    def _count(self, *windows: Window) -> int:
        """Count a request in every window, or in none and return the seconds to wait."""
        now = self._clock()
        seconds = max(window.wait(now) for window in windows)
        if seconds > 0:
            return math.ceil(seconds)
        for window in windows:
            window.count(now)
        return 0

    def _window(self, key: tuple[str, ...]) -> Window:
        if key not in self._windows:
            scope, operation, *_ = key
            self._windows[key] = Window(
                {float(seconds): most for seconds, most in limit(scope, operation).items()}
            )
        return self._windows[key]
