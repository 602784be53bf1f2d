"""How fast one app may send in one tenant: evenly, just below the limit, and paused on request.

The limits come from facts.toml. AsyncLimiter spaces the requests out; InMemoryBucket counts the
messages in each window of one conversation.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from math import inf

from aiolimiter import AsyncLimiter
from pyrate_limiter import InMemoryBucket, Rate, RateItem

from samples.facts import limit

ALLOWED = limit("one app in one tenant", "Every request")[1]  # requests a second
RATE = 0.956 * ALLOWED  # the rest is for the bot's other messages, and for a network that bunches
# Conversations that are tracked. One left out was silent for minutes: see `_Windows`.
KEPT = 10_000


class Pace:
    """Paces every request of one app in one tenant, whatever it asks.

    A bucket that lets the whole limit go at once exceeds the limit of a service that looks at any
    second: after the burst it refills while the burst still counts. So there are two small buckets.
    `acquire` grants requests at the rate, and makes up for an event loop that wakes late.
    `space_out` lets requests leave hardly faster, so that delayed ones do not leave together: in
    any second at most 1.005 x `rate` + 1.1 leave. At RATE that is 49, so a network may delay one
    by 40 ms and the next one not at all.

    Args:
        rate: requests a second.

    Attributes:
        rate: the same, or lower after a 429.

    Raises:
        ValueError: the rate is not one that Teams allows.
    """

    def __init__(self, rate: float = RATE) -> None:
        if not 0 < rate <= ALLOWED:
            raise ValueError(f"{rate:g} requests a second: Teams allows up to {ALLOWED}.")
        self._first_rate = rate
        self._set(rate)
        self._windows = _Windows()
        self._closed_until = -inf

    def _set(self, rate: float) -> None:
        self.rate = rate
        self._even = AsyncLimiter(3, 3 / rate)
        self._apart = AsyncLimiter(1.1, 1.1 / (1.005 * rate))

    async def acquire(self, conversation_id: str = "") -> None:
        """Wait until a request may leave.

        Args:
            conversation_id: of a message: a conversation has limits of its own.
        """
        clock = asyncio.get_running_loop().time
        while True:
            await self._even.acquire()
            wait = self._closed_until - clock()
            if wait <= 0 and conversation_id:
                wait = self._windows.count(conversation_id, clock())
            if wait <= 0:
                return
            await asyncio.sleep(wait)

    async def space_out(self) -> None:
        """Final spacing check right before a request leaves; rarely waits.

        While the disk was slow, requests that were granted later may have caught up.
        """
        await self._apart.acquire()

    @property
    def closed(self) -> bool:
        """Whether nothing may leave now, because of `pause`."""
        return asyncio.get_running_loop().time() < self._closed_until

    def slow_down(self) -> None:
        """Lower the rate a little after a 429: another program sends, or the network bunches."""
        self._set(max(0.98 * self.rate, 0.8 * self._first_rate))

    def pause(self, seconds: float) -> None:
        """Let nothing leave for a while: Teams returned 429, or does not answer."""
        until = asyncio.get_running_loop().time() + seconds
        self._closed_until = max(self._closed_until, until)


class _Windows:
    """Counts the messages to each conversation in the last 1, 2, 30 and 3600 seconds.

    Only the KEPT most recent conversations are tracked. One that drops out was silent for as long
    as KEPT requests take, more than three minutes; with 60 messages in 30 seconds and then such a
    silence no conversation reaches the 1,800 of an hour.
    """

    def __init__(self) -> None:
        allowed = limit("one bot in one conversation", "Send to conversation")
        self._rates = [Rate(number, seconds * 1000) for seconds, number in allowed.items()]
        self._sent: OrderedDict[str, InMemoryBucket] = OrderedDict()

    def count(self, conversation_id: str, now: float) -> float:
        """Count a message that leaves now; return how many seconds to wait if it may not."""
        sent = self._sent.pop(conversation_id, None) or InMemoryBucket(self._rates)
        self._sent[conversation_id] = sent  # in the order of their last message
        if len(self._sent) > KEPT:
            self._sent.popitem(last=False)
        message = RateItem(conversation_id, int(now * 1000))
        sent.leak(message.timestamp)
        if sent.put(message):
            return 0.0
        wait = sent.waiting(message)
        assert isinstance(wait, int)  # a bucket elsewhere would have to be awaited
        return (wait + 1) / 1000  # a window's first millisecond still counts
