"""Who is tried when, what stops all, and what a stop leaves; in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from samples.local_teams.model.limits import Limits
from samples.shared.bulk import drain as module
from samples.shared.bulk.drain import AT_ONCE, ATTEMPTS, Stopped
from samples.shared.bulk.outbox import Outbox
from samples.shared.bulk.pace import RATE
from samples.shared.bulk.rows import New
from samples.shared.failure import Failure
from tests.support.draining import (
    BLOCKED,
    BUSY,
    CONFLICT,
    DEAD,
    DISABLED,
    GATEWAY,
    Make,
    ok,
    row,
)


def test_everyone_once_at_the_pace(tenant: Make) -> None:
    contoso = tenant(200)
    assert contoso.drain(contoso.do(ok)) == {"done": 200}
    assert max(contoso.asked.values()) == 1
    assert 200 / RATE - 0.1 < contoso.loop.now < 200 / RATE + 0.3
    assert [outcome.state for outcome in contoso.outcomes] == ["done"] * 200


def test_a_disk_that_stops_for_a_moment_does_not_make_them_too_many_at_once(
    tenant: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fifth of a second now and then; Local Teams counts, and refuses none."""
    contoso = tenant(300)
    one_at_a_time = asyncio.Lock()
    refused: list[str] = []
    limits = Limits(lambda: contoso.loop.clock())

    async def on_the_disk(method: Callable[..., Any], *args: Any, **options: Any) -> Any:
        async with one_at_a_time:
            if method == contoso.outbox.record:
                await asyncio.sleep(0.2 if contoso.asked.total() % 50 == 49 else 0.001)
            return method(*args, **options)

    def answer(who: str, _: int) -> None:
        if limits.wait("Send to conversation", who, bot="28:bot"):
            refused.append(who)

    monkeypatch.setattr(contoso.outbox, "in_thread", on_the_disk)
    assert contoso.drain(contoso.do(answer)) == {"done": 300}
    assert refused == []
    assert contoso.loop.now < 300 / RATE + 1


def test_no_more_are_on_their_way_than_allowed(
    tenant: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.support.draining.LATENCY", 5.0)
    contoso = tenant(100)
    assert contoso.drain(contoso.do(ok), at_once=8) == {"done": 100}
    assert contoso.most == 8


def test_a_refusal_is_kept_and_the_others_go_on(tenant: Make) -> None:
    contoso = tenant(5)
    counts = contoso.drain(contoso.do(lambda who, _: BLOCKED if who == "a:2" else None))
    assert counts == {"done": 4, "failed": 1}
    assert (row(contoso, 2).detail, row(contoso, 2).action) == (
        "403 MessageWritesBlocked",
        "mark",
    )


def test_a_conflict_is_tried_again_after_a_while(tenant: Make) -> None:
    contoso = tenant(3)
    counts = contoso.drain(contoso.do(lambda who, n: CONFLICT if who == "a:1" and n < 4 else None))
    assert counts == {"done": 3}
    assert contoso.asked == {"a:0": 1, "a:1": 4, "a:2": 1}
    assert row(contoso, 1).attempts == 4 and row(contoso, 1).doubt == ""


def test_not_for_ever(tenant: Make) -> None:
    contoso = tenant(2)
    counts = contoso.drain(contoso.do(lambda who, _: CONFLICT if who == "a:1" else None))
    assert counts == {"done": 1, "failed": 1}
    assert contoso.asked["a:1"] == ATTEMPTS


def test_what_may_have_arrived_is_sent_again_and_named(tenant: Make) -> None:
    contoso = tenant(2)
    counts = contoso.drain(contoso.do(lambda who, n: GATEWAY if who == "a:1" and n == 1 else None))
    assert counts == {"done": 2}
    assert (row(contoso, 0).doubt, row(contoso, 1).doubt) == ("", "502 ServiceError")


def test_or_it_is_left_when_a_loss_is_the_smaller_harm(tenant: Make) -> None:
    contoso = tenant(2)
    one_fails = contoso.do(lambda who, _: GATEWAY if who == "a:1" else None)
    assert contoso.drain(one_fails, if_unsure="leave") == {"done": 1, "unsure": 1}
    assert contoso.asked["a:1"] == 1
    assert row(contoso, 1).doubt == "502 ServiceError"


def test_in_the_end_it_is_unsure_and_not_failed(tenant: Make) -> None:
    contoso = tenant(2)
    one_fails = contoso.do(lambda who, _: GATEWAY if who == "a:1" else None)
    assert contoso.drain(one_fails) == {"done": 1, "unsure": 1}


# -- what concerns all -----------------------------------------------------------------------------


def test_a_429_lets_the_tenant_wait_and_counts_against_nobody(tenant: Make) -> None:
    contoso = tenant(100)
    refused: list[float] = []

    def storm(_: str, __: int) -> Failure | None:
        if len(refused) < 30:
            refused.append(contoso.loop.now)
            return BUSY
        return None

    assert contoso.drain(contoso.do(storm)) == {"done": 100}
    assert max(one.attempts for one in contoso.outbox.recipients("party")) == 1
    result = contoso.notices[0]
    assert result.startswith("t: nothing goes for 2") and result.endswith("Too many requests.")
    assert contoso.sent[0][0] > 20  # as long as Retry-After says
    # And slower: this took longer than at the first rate.
    assert contoso.sent[-1][0] - contoso.sent[0][0] > 99 / RATE


def test_who_does_not_answer_for_a_minute_is_gone_on_with_then(tenant: Make) -> None:
    """And is not asked 48 times a second meanwhile."""
    contoso = tenant(300)
    back_at = 60.0
    counts = contoso.drain(contoso.do(lambda *_: DEAD if contoso.loop.now < back_at else None))
    assert counts == {"done": 300}
    assert max(one.attempts for one in contoso.outbox.recipients("party")) == 1
    assert contoso.asked.total() < 300 + 10 * AT_ONCE
    assert contoso.loop.now < back_at + 60 + 300 / RATE


def test_when_nothing_but_gateway_errors_come_all_wait(tenant: Make) -> None:
    contoso = tenant(300)
    counts = contoso.drain(contoso.do(lambda *_: GATEWAY if contoso.loop.now < 60 else None))
    assert counts == {"done": 300}
    assert contoso.asked.total() < 300 + 15 * AT_ONCE
    assert contoso.notices


def test_silence_for_longer_than_the_patience_ends_it_and_nobody_is_lost(tenant: Make) -> None:
    contoso = tenant(100)
    with pytest.raises(Stopped, match="Cannot connect"):
        contoso.drain(contoso.do(lambda *_: DEAD), patience=120)
    assert contoso.outbox.counts("party") == {"waiting": 100}
    assert 120 < contoso.loop.now < 300
    assert contoso.drain(contoso.do(ok)) == {"done": 100}


def test_what_the_next_would_meet_too_ends_it(tenant: Make) -> None:
    contoso = tenant(100)
    with pytest.raises(Stopped, match="403 BotDisabledByAdmin"):
        contoso.drain(contoso.do(lambda who, _: DISABLED if who >= "a:5" else None))
    counts = contoso.outbox.counts("party")
    assert counts["waiting"] > 40 and set(counts) == {"waiting", "done"}
    assert contoso.asked.total() < 80


def test_an_administrator_can_disable_the_bot_for_one_person(tenant: Make) -> None:
    contoso = tenant(40)
    counts = contoso.drain(contoso.do(lambda who, _: DISABLED if who.endswith("0") else None))
    assert counts == {"done": 36, "failed": 4}
    assert (row(contoso).detail, row(contoso).action) == ("403 BotDisabledByAdmin", "stop")


def test_a_token_that_is_refused_stops_all_at_once(tenant: Make) -> None:
    contoso = tenant(100)
    refused = Failure(401, "BotNotRegistered", "No registration found for this bot.")
    with pytest.raises(Stopped, match="401 BotNotRegistered"):
        contoso.drain(contoso.do(lambda *_: refused))
    assert contoso.outbox.counts("party") == {"waiting": 100}
    assert contoso.asked.total() < 20


def test_a_wait_longer_than_the_patience_ends_it_at_once(tenant: Make) -> None:
    contoso = tenant(10)
    long = Failure(429, "Throttled", "Too many requests.", retry_after=1e9)
    with pytest.raises(Stopped, match="429 Throttled"):
        contoso.drain(contoso.do(lambda *_: long))
    assert contoso.outbox.counts("party") == {"waiting": 10} and contoso.loop.now < 60


def test_none_at_once_is_refused(tenant: Make) -> None:
    contoso = tenant(1)
    with pytest.raises(ValueError, match="at least 1"):
        contoso.drain(contoso.do(ok), at_once=0)


# -- stopping --------------------------------------------------------------------------------------


def test_a_stop_waits_for_what_is_on_its_way_and_starts_nothing(tenant: Make) -> None:
    contoso = tenant(200)

    async def after_a_second(stop: asyncio.Event) -> None:
        await asyncio.sleep(1)
        stop.set()

    counts = contoso.drain(contoso.do(ok), meanwhile=after_a_second)
    assert set(counts) == {"done", "waiting"}
    assert 40 < counts["done"] < 60 and contoso.loop.now < 1.5
    assert contoso.drain(contoso.do(ok)) == {"done": 200}
    assert max(contoso.asked.values()) == 1


def test_a_stop_does_not_wait_for_a_pause_to_end(tenant: Make) -> None:
    contoso = tenant(100)

    async def after_a_second(stop: asyncio.Event) -> None:
        await asyncio.sleep(1)
        stop.set()

    counts = contoso.drain(contoso.do(lambda *_: BUSY), meanwhile=after_a_second)
    assert counts == {"waiting": 100} and contoso.loop.now < 2


def test_a_stop_while_all_are_on_their_way(tenant: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.support.draining.LATENCY", 10.0)
    contoso = tenant(10)

    async def after_a_second(stop: asyncio.Event) -> None:
        await asyncio.sleep(1)
        stop.set()

    counts = contoso.drain(contoso.do(ok), meanwhile=after_a_second, at_once=2)
    assert counts == {"done": 2, "waiting": 8}


@pytest.mark.parametrize(("state", "left"), [("paused", "waiting"), ("cancelled", "cancelled")])
def test_a_pause_from_elsewhere_takes_hold_at_once(tenant: Make, state: Any, left: str) -> None:
    contoso = tenant(200)

    async def elsewhere(_: asyncio.Event) -> None:
        await asyncio.sleep(1)
        contoso.outbox.set_job_state("party", state)

    counts = contoso.drain(contoso.do(ok), meanwhile=elsewhere)
    assert 40 < counts["done"] < 60 and counts["done"] + counts[left] == 200


def test_what_a_crash_left_is_taken_up(tenant: Make) -> None:
    contoso = tenant(3)
    one = contoso.outbox.due("party", "t")[0][0]
    contoso.outbox.start(one, one.data)
    assert contoso.drain(contoso.do(ok)) == {"done": 3}
    assert row(contoso).doubt == "interrupted"


def test_who_no_longer_holds_the_tenant_sends_nothing(tenant: Make) -> None:
    def lost() -> None:
        raise OperationalError("SELECT 1", None, Exception("server closed the connection"))

    contoso = tenant(3)
    with pytest.raises(OperationalError, match="server closed"):
        contoso.drain(contoso.do(ok), check_lock=lost)
    assert contoso.outbox.counts("party") == {"waiting": 3}


async def test_the_outbox_is_written_in_threads(tmp_path: Path) -> None:
    """Its own threads: the event loop goes on while the disk is slow."""
    outbox = Outbox(f"sqlite:///{tmp_path}/outbox.db")
    outbox.add("party", "cake", [New("t", "a:1", "Ada")])
    assert await outbox.in_thread(outbox.left, "party") == 1
    outbox.close()
    assert module.POLL == 2
