"""Who is tried when, what stops all, and what a stop leaves; in virtual time."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from samples.local_teams.model.limits import Limits
from samples.shared.bulk import drain as module
from samples.shared.bulk.attempt import Attempt, Handler
from samples.shared.bulk.drain import AT_ONCE, ATTEMPTS, Stopped, drain
from samples.shared.bulk.outbox import Outbox
from samples.shared.bulk.pace import RATE, Pace
from samples.shared.bulk.rows import New, Outcome, Recipient
from samples.shared.failure import Failure
from tests.support.virtual import VirtualTime, run

LATENCY = 0.05
BUSY = Failure(429, "Throttled", "Too many requests.", retry_after=20)
CONFLICT = Failure(412, "PreconditionFailed", "Precondition failed, please try again.")
GATEWAY = Failure(502, "ServiceError", "varies", maybe_arrived=True)
DEAD = Failure(None, "Unreachable", "Cannot connect")
BLOCKED = Failure(403, "MessageWritesBlocked", "Thread is blocked from message writes.")
DISABLED = Failure(403, "BotDisabledByAdmin", "The tenant admin disabled this bot")
Answer = Callable[[str, int], Failure | None]  # to whom, the how many-th time


class _Here(Outbox):
    """Calls its methods at once: a thread takes real time, of which virtual time knows nothing."""

    async def in_thread(self, method: Callable[..., Any], *args: Any, **options: Any) -> Any:
        return method(*args, **options)


class Tenant:
    """A job for some people, and a service that answers them."""

    def __init__(self, tmp_path: Path, number: int) -> None:
        self.loop = VirtualTime()
        self.outbox = _Here(f"sqlite:///{tmp_path}/outbox.db", clock=lambda: self.loop.now)
        everybody = (New("t", f"a:{one}", f"Person {one}", {"at": "x"}) for one in range(number))
        self.outbox.add("party", "cake", everybody)
        self.sent: list[tuple[float, str]] = []
        self.asked: Counter[str] = Counter()
        self.on_the_way = self.most = 0
        self.notices: list[str] = []
        self.outcomes: list[Outcome] = []

    def do(self, answer: Answer) -> Handler:
        async def do(recipient: Recipient, attempt: Attempt) -> str | Failure:
            await attempt.start(recipient.id)
            self.asked[recipient.id] += 1
            self.on_the_way += 1
            self.most = max(self.most, self.on_the_way)
            await asyncio.sleep(LATENCY)
            self.on_the_way -= 1
            if failure := answer(recipient.id, self.asked[recipient.id]):
                return failure
            self.sent.append((self.loop.now, recipient.id))
            return "1"

        return do

    def drain(
        self,
        do: Handler,
        *,
        meanwhile: Callable[[asyncio.Event], Awaitable[None]] | None = None,
        **options: Any,
    ) -> dict[str, int]:
        """Drain, and answer with how many are in which state then."""

        async def drained() -> None:
            stop = asyncio.Event()
            side = asyncio.ensure_future(meanwhile(stop)) if meanwhile else None
            try:
                await drain(
                    self.outbox,
                    "party",
                    "t",
                    do,
                    pace=Pace(),
                    stop=stop,
                    on_outcome=self.outcomes.append,
                    on_notice=self.notices.append,
                    **options,
                )
            finally:
                if side:
                    await side

        before = self.loop.now
        self.loop = VirtualTime()
        self.loop.now = before
        run(self.loop, drained())
        return self.outbox.counts("party")


@pytest.fixture
def tenant(tmp_path: Path) -> Iterator[Callable[[int], Tenant]]:
    made: list[Tenant] = []

    def make(number: int) -> Tenant:
        made.append(Tenant(tmp_path, number))
        return made[-1]

    yield make
    for one in made:
        one.outbox.close()


Make = Callable[[int], Tenant]


def ok(_: str, __: int) -> None:
    return None


def row(tenant: Tenant, number: int = 0) -> Recipient:
    return next(one for one in tenant.outbox.recipients("party") if one.id == f"a:{number}")


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
            if method == contoso.outbox.start:
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
    monkeypatch.setattr("tests.shared.bulk.test_drain.LATENCY", 5.0)
    contoso = tenant(100)
    assert contoso.drain(contoso.do(ok), at_once=8) == {"done": 100}
    assert contoso.most == 8


def test_a_refusal_is_kept_and_the_others_go_on(tenant: Make) -> None:
    contoso = tenant(5)
    counts = contoso.drain(contoso.do(lambda who, _: BLOCKED if who == "a:2" else None))
    assert counts == {"done": 4, "failed": 1}
    assert (row(contoso, 2).detail, row(contoso, 2).action) == (
        "403 MessageWritesBlocked",
        "forget",
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
    told = contoso.notices[0]
    assert told.startswith("t: nothing goes for 2") and told.endswith("Too many requests.")
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
    monkeypatch.setattr("tests.shared.bulk.test_drain.LATENCY", 10.0)
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


# -- the function that does it ---------------------------------------------------------------------


def test_it_can_mend_the_address_and_try_again(tenant: Make) -> None:
    contoso = tenant(1)

    async def do(recipient: Recipient, attempt: Attempt) -> str | Failure:
        await attempt.start()
        if attempt.data["at"] == "x":
            attempt.data["at"] = "y"
            attempt.corrected = True
            return Failure(404, "ConversationNotFound", "Conversation not found.")
        return "1"

    assert contoso.drain(do) == {"done": 1}
    assert (row(contoso).data, row(contoso).attempts) == ({"at": "y"}, 2)


def test_but_not_for_ever(tenant: Make) -> None:
    contoso = tenant(1)

    async def do(recipient: Recipient, attempt: Attempt) -> str | Failure:
        await attempt.start()
        attempt.corrected = True
        return Failure(404, "ConversationNotFound", "Conversation not found.")

    assert contoso.drain(do) == {"failed": 1}


def test_before_it_begins_nothing_is_in_doubt(tenant: Make) -> None:
    """A create that times out can be repeated: no message has left."""
    contoso = tenant(1)
    tries: list[str] = []

    async def do(recipient: Recipient, attempt: Attempt) -> str | Failure:
        await attempt.pace_request()
        tries.append(recipient.id)
        if len(tries) < 3:
            return GATEWAY
        await attempt.start()
        return "1"

    assert contoso.drain(do, if_unsure="leave") == {"done": 1}
    assert row(contoso).doubt == ""


def test_a_fault_in_it_stops_all_and_leaves_the_others_waiting(tenant: Make) -> None:
    contoso = tenant(100)

    async def do(recipient: Recipient, attempt: Attempt) -> str | Failure:
        await attempt.start()
        await asyncio.sleep(LATENCY)
        if recipient.id == "a:1":
            raise KeyError("a mistake")
        return "1"

    with pytest.raises(KeyError, match="a mistake"):
        contoso.drain(do)
    counts = contoso.outbox.counts("party")
    assert counts["started"] == 1 and counts["waiting"] > 60


def test_a_full_disk_stops_all_before_anything_else_leaves(
    tenant: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    contoso = tenant(200)
    real = contoso.outbox.start

    def start(recipient: Recipient, data: dict[str, Any]) -> bool:
        if contoso.loop.now > 1:
            raise OperationalError("UPDATE", None, Exception("database or disk is full"))
        return real(recipient, data)

    monkeypatch.setattr(contoso.outbox, "start", start)
    with pytest.raises(OperationalError, match="disk is full"):
        contoso.drain(contoso.do(ok))
    monkeypatch.undo()
    counts = contoso.outbox.counts("party")
    assert set(counts) == {"done", "waiting"}
    assert contoso.drain(contoso.do(ok)) == {"done": 200}
    assert max(contoso.asked.values()) == 1


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
