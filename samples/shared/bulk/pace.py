"""How fast one app may send in one tenant: evenly, just below the limit, and not while Teams waits.

The limits are those of facts.toml. AsyncLimiter spaces the requests out; InMemoryBucket counts what
was sent in each window of one conversation.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from math import inf

from aiolimiter import AsyncLimiter
from pyrate_limiter import InMemoryBucket, Rate, RateItem

from samples.facts import limit

ALLOWED = limit("one app in one tenant", "Every request")[1]  # requests a second
RATE = 0.956 * ALLOWED  # the rest is for what else the bot says, and for a network that bunches
# Enough that the conversations left out were silent for minutes: see `_Windows`.
KEPT = 10_000


class Pace:
    """Turns to send, for one app in one tenant. Every request takes one, whatever it asks.

    A bucket that lets the whole limit go at once is refused by a service that looks at any second:
    after the burst it refills while the burst still counts. So there are two small ones. `turn`
    gives turns at the rate, and makes good for an event loop that wakes late. `keep_apart` lets
    requests leave hardly faster, so that those that were held up do not leave together: in any
    second go at most 1.005 x `rate` + 1.1. At RATE that is 49, so a network may delay one by 40 ms
    and the next one not at all.

    Args:
        rate: requests a second.

    Attributes:
        rate: the same, or less after a 429.

    Raises:
        ValueError: the rate is not one that Teams allows.
    """

    def __init__(self, rate: float = RATE) -> None:
        if not 0 < rate <= ALLOWED:
            raise ValueError(f"{rate:g} requests a second: Teams allows up to {ALLOWED}.")
        self._begun_with = rate
        self._set(rate)
        self._windows = _Windows()
        self._closed_until = -inf

    def _set(self, rate: float) -> None:
        self.rate = rate
        self._even = AsyncLimiter(3, 3 / rate)
        self._apart = AsyncLimiter(1.1, 1.1 / (1.005 * rate))

    async def turn(self, conversation_id: str = "") -> None:
        """Wait until a request may go.

        Args:
            conversation_id: where it sends, when it sends: a conversation has limits of its own.
        """
        clock = asyncio.get_running_loop().time
        while True:
            await self._even.acquire()
            wait = self._closed_until - clock()
            if wait <= 0 and conversation_id:
                wait = self._windows.take(conversation_id, clock())
            if wait <= 0:
                return
            await asyncio.sleep(wait)

    async def keep_apart(self) -> None:
        """Wait, hardly ever, right before a request leaves that has had its turn.

        While the disk was slow, others may have caught up that had theirs later.
        """
        await self._apart.acquire()

    @property
    def closed(self) -> bool:
        """Whether nothing goes now, because of `pause`."""
        return asyncio.get_running_loop().time() < self._closed_until

    def slow_down(self) -> None:
        """Go on a little slower after a 429: something else asks too, or the network bunches."""
        self._set(max(0.98 * self.rate, 0.8 * self._begun_with))

    def pause(self, seconds: float) -> None:
        """Let nothing go for a while: Teams said 429, or does not answer."""
        until = asyncio.get_running_loop().time() + seconds
        self._closed_until = max(self._closed_until, until)


class _Windows:
    """What each conversation was sent in the last 1, 2, 30 and 3600 seconds.

    Only the KEPT that were written to last are known. One that drops out was silent for as long as
    KEPT turns take, more than three minutes, and at 60 messages in 30 seconds and then such a
    silence nobody gets to the 1,800 of an hour.
    """

    def __init__(self) -> None:
        allowed = limit("one bot in one conversation", "Send to conversation")
        self._rates = [Rate(number, seconds * 1000) for seconds, number in allowed.items()]
        self._sent: OrderedDict[str, InMemoryBucket] = OrderedDict()

    def take(self, conversation_id: str, now: float) -> float:
        """Count a message that is sent now; answers with how long to wait when it may not."""
        sent = self._sent.pop(conversation_id, None) or InMemoryBucket(self._rates)
        self._sent[conversation_id] = sent  # in the order in which they were written to
        if len(self._sent) > KEPT:
            self._sent.popitem(last=False)
        message = RateItem(conversation_id, int(now * 1000))
        sent.leak(message.timestamp)
        if sent.put(message):
            return 0.0
        wait = sent.waiting(message)
        assert isinstance(wait, int)  # a bucket elsewhere would have to be awaited
        return (wait + 1) / 1000  # a window's first millisecond still counts
