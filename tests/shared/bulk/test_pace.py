"""As fast as Teams allows, and not faster, in any of its windows."""

from __future__ import annotations

import asyncio

import pytest
from aiolimiter import AsyncLimiter

from samples.local_teams.model.limits import EVERY, Limits
from samples.shared.bulk import pace as module
from samples.shared.bulk.pace import ALLOWED, RATE, Pace
from tests.support.virtual import VirtualTime, run

SEND = "Send to conversation"


def sent(
    loop: VirtualTime, conversations: list[str], *, limiter: AsyncLimiter | None = None
) -> list[tuple[float, int]]:
    """When each message was sent, and how many seconds Local Teams' limits result it to wait."""
    limits = Limits(loop.clock)
    result: list[tuple[float, int]] = []

    async def all_of_them() -> None:
        pace = Pace()

        async def one(conversation_id: str) -> None:
            if limiter:
                await limiter.acquire()
            else:
                await pace.acquire(conversation_id)
                await pace.space_out()
            result.append((loop.now, limits.wait(SEND, conversation_id, bot="28:bot")))

        await asyncio.gather(*map(one, conversations))

    run(loop, all_of_them())
    return result


@pytest.mark.parametrize("late", [0.0, 0.004])
def test_3000_people_at_95_percent_of_the_allowed_rate_and_none_refused(late: float) -> None:
    """Also when the event loop wakes 4 ms late each time."""
    result = sent(VirtualTime(late), [f"a:{number}" for number in range(3000)])
    assert [wait for _, wait in result if wait] == []
    assert 3000 / result[-1][0] >= 0.95 * ALLOWED


def test_a_bucket_that_lets_the_limit_go_at_once_is_refused() -> None:
    """Why the turns are even: after the burst it refills while Teams still counts the burst."""
    bucket = AsyncLimiter(ALLOWED, 1)
    result = sent(VirtualTime(), [f"a:{number}" for number in range(500)], limiter=bucket)
    assert len([wait for _, wait in result if wait]) > 40


def test_one_conversation_gets_no_more_than_its_windows_allow() -> None:
    """7 in a second, 8 in two, 60 in thirty: Local Teams counts, and refuses none."""
    result = sent(VirtualTime(), ["a:ada"] * 130)
    assert [wait for _, wait in result if wait] == []
    times = [at for at, _ in result]
    assert times[6] < 0.2 and 1 < times[7] < 1.1  # seven at once, the eighth a second later
    assert times[59] < 30 < times[60] < 31
    assert times[119] < 60 < times[120] < 61


def test_a_full_conversation_does_not_hold_up_the_others() -> None:
    result = sent(VirtualTime(), ["a:ada"] * 20 + [f"a:{number}" for number in range(40)])
    assert [wait for _, wait in result if wait] == []
    assert sum(at < 2 for at, _ in result) > 45


def test_a_pause_lets_nothing_go_and_is_that_tenants_alone() -> None:
    loop = VirtualTime()

    async def two_tenants() -> list[tuple[str, float]]:
        gone: list[tuple[str, float]] = []

        async def sends(tenant: str, pace: Pace) -> None:
            for number in range(10):
                await pace.acquire()
                gone.append((tenant, loop.now))
                if tenant == "throttled" and number == 4:
                    pace.pause(30)
                    assert pace.closed

        paces = [Pace(), Pace()]
        await asyncio.gather(*map(sends, ("throttled", "other"), paces))
        assert not paces[0].closed
        return gone

    gone = run(loop, two_tenants())
    assert max(at for tenant, at in gone if tenant == "other") < 0.3
    throttled = [at for tenant, at in gone if tenant == "throttled"]
    assert throttled[4] < 0.2 and throttled[5] >= 30


def test_a_longer_pause_is_not_shortened_by_a_later_one() -> None:
    loop = VirtualTime()

    async def paused() -> float:
        pace = Pace()
        pace.pause(30)
        pace.pause(1)
        await pace.acquire()
        return loop.now

    assert run(loop, paused()) >= 30


def test_after_a_429_it_goes_on_slower_but_not_ever_slower() -> None:
    async def slowed(times: int) -> float:
        loop, pace = asyncio.get_running_loop(), Pace()
        for _ in range(times):
            pace.slow_down()
        begin = loop.time()
        for _ in range(101):
            await pace.acquire()
        assert abs(98 / (loop.time() - begin) - pace.rate) < 1
        return pace.rate

    assert run(VirtualTime(), slowed(1)) == pytest.approx(0.98 * RATE)
    assert run(VirtualTime(), slowed(50)) == pytest.approx(0.8 * RATE)


def test_conversations_that_are_silent_long_are_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 3)
    windows = module._Windows()
    for number in range(7):
        assert windows.count("a:ada", number / 1000) == 0
    assert windows.count("a:ada", 0.5) > 0.5
    for number in range(3):
        assert windows.count(f"a:{number}", 0.6) == 0
    assert list(windows._sent) == ["a:0", "a:1", "a:2"]


@pytest.mark.parametrize("rate", [0, -1, ALLOWED + 1])
def test_a_rate_that_teams_does_not_allow_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match=rf"{rate:g} requests a second: Teams allows up to 50\."):
        Pace(rate)


def test_the_rate_leaves_something_for_what_else_the_bot_says() -> None:
    assert 0.95 * ALLOWED <= RATE < ALLOWED
    assert EVERY == "Every request"  # the row that ALLOWED is read from
