"""Three processes on a real PostgreSQL server; one is killed."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from procrastinate.jobs import Job
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import DBAPIError

from samples.local_teams.model.limits import Limits
from samples.local_teams.model.world import World
from samples.local_teams.testing import LocalTeams
from samples.shared.bot import connect
from samples.shared.bulk.drain import AT_ONCE
from samples.shared.bulk.locks import Busy
from samples.shared.bulk.outbox import Outbox
from samples.shared.bulk.pace import RATE
from samples.shared.bulk.rows import New, Recipient
from samples.shared.conversations import Conversations
from samples.shared.failure import IfUnsure
from samples.well.broadcast import workers
from samples.well.broadcast.workers import make_app, submit
from tests.support.broadcasting import Broadcast, process
from tests.support.crowd import crowd, environment, got, remember
from tests.support.waiting import DEADLINE, eventually

EACH = 60  # people in a tenant
SEND_AGAIN: IfUnsure = "send again"


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def tenants() -> Iterator[list[LocalTeams]]:
    """Three tenants, each with its limits on."""
    with ExitStack() as running:
        made = []
        for name in ("Contoso", "Fabrikam", "Northwind"):
            world = crowd(EACH, clock=now, seed=name)
            world.limits = Limits(now)
            made.append(running.enter_context(LocalTeams(world)))
        yield made


def total(worlds: list[World]) -> int:
    return sum(got(world).total() for world in worlds)


def when_sent(world: World) -> list[str]:
    return sorted(m["timestamp"] for chat in world.personal_chats.values() for m in chat.messages)


def test_three_workers_share_the_tenants_and_go_on_when_one_is_killed(
    tenants: list[LocalTeams], database: str, tmp_path: Path
) -> None:
    worlds = [teams.world for teams in tenants]
    environ = environment(worlds[0], tmp_path, outbox=database) | {
        "CONVERSATIONS_URL": database,
        "WORKER_HEARTBEAT": "0.5",
        "WORKER_TENANTS": "3",
    }
    for world in worlds:
        remember(world, database)
    first = process(environ, "worker")
    # Slower than the limit by what a busy machine bunches. Two workers in one tenant would pass it.
    sending = process(environ, "send", "move", "--rate", "30")
    eventually(lambda: total(worlds) >= 30)
    others = [process(environ, "worker") for _ in range(2)]
    eventually(lambda: total(worlds) >= 90)
    first.kill()
    first.communicate()
    outbox = Outbox(database)
    in_doubt = outbox.counts("move").get("started", 0)
    out, _ = sending.communicate(timeout=2 * DEADLINE)
    assert sending.returncode == 0 and out.startswith(f"move: {3 * EACH} sent\n")
    for worker in others:
        worker.send_signal(signal.SIGTERM)
    for worker in others:
        worker.communicate(timeout=DEADLINE)
        assert worker.returncode == 0
    times = [when_sent(world) for world in worlds]
    assert max(sent[20] for sent in times) < min(sent[-1] for sent in times)  # side by side
    everybody = sum((got(world) for world in worlds), Counter[str]())
    assert all(min(got(world).values()) == 1 for world in worlds)
    named = list(outbox.recipients("move", Recipient.doubt != ""))
    assert everybody.total() - 3 * EACH <= len(named)
    assert in_doubt <= len(named) <= AT_ONCE * len(worlds)
    assert {e.response.status for teams in tenants for e in teams.wire} == {201}
    outbox.close()


@pytest.mark.prove
def test_a_worker_outlives_its_database(
    tenants: list[LocalTeams], database: str, tmp_path: Path
) -> None:
    """The server ends every connection and accepts none for a while, as at its restart."""
    world = tenants[0].world
    environ = environment(world, tmp_path, outbox=database) | {
        "CONVERSATIONS_URL": database,
        "WORKER_HEARTBEAT": "0.5",
    }
    remember(world, database)
    worker = process(environ, "worker")
    sending = process(environ, "send", "move", "--rate", "20")
    eventually(lambda: got(world).total() >= 10)
    name = make_url(database).database
    elsewhere = make_url(database).set(database="postgres")
    with create_engine(elsewhere, isolation_level="AUTOCOMMIT").connect() as db:
        db.exec_driver_sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        db.exec_driver_sql(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        )
        _, err = sending.communicate(timeout=DEADLINE)
        assert sending.returncode == 75 and "Nobody is lost" in err and "Traceback" not in err
        db.exec_driver_sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    again = process(environ, "send", "move", "--rate", "20")
    out, _ = again.communicate(timeout=2 * DEADLINE)
    assert again.returncode == 0 and out.startswith(f"move: {EACH} sent\n")
    worker.send_signal(signal.SIGTERM)
    worker.communicate(timeout=DEADLINE)
    assert worker.returncode == 0
    outbox = Outbox(database)
    named = len(list(outbox.recipients("move", Recipient.doubt != "")))
    assert min(got(world).values()) == 1 and got(world).total() - EACH <= named <= AT_ONCE
    outbox.close()


def test_a_lost_connection_loses_its_locks_and_no_later_ones(database: str) -> None:
    outbox = Outbox(database)
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    with (
        outbox.exclusive("contoso") as check_lock,
        create_engine(database, isolation_level="AUTOCOMMIT").connect() as db,
    ):
        db.exec_driver_sql(f"{others} AND datname = current_database()")
        with pytest.raises(DBAPIError):
            check_lock()
        with pytest.raises(Busy, match="locks with it"):
            check_lock()
        with pytest.raises(Busy, match="Other work ends first"), outbox.exclusive("fabrikam"):
            pass
    with outbox.exclusive("contoso") as check_lock:
        check_lock()
    outbox.close()


async def test_to_ask_twice_gives_each_tenant_to_the_workers_once(
    environ: dict[str, str], database: str
) -> None:
    outbox = Outbox(database)
    app = make_app(outbox, connect(), Conversations())
    outbox.add("move", "{}", [New("contoso", "a:1", "Ada"), New("fabrikam", "a:1", "Ben")])
    for _ in range(2):
        await submit(app, outbox, "move", rate=RATE, if_unsure=SEND_AGAIN)
    async with app.open_async():
        jobs = list(await app.job_manager.list_jobs_async(task="drain"))
    assert sorted(str(job.lock) for job in jobs) == ["contoso", "fabrikam"]
    outbox.close()


async def test_two_processes_that_make_the_tables_at_once(
    environ: dict[str, str], database: str
) -> None:
    """The second waits until the first is through, and finds them there."""
    outbox, other = Outbox(database), Outbox(database)
    app = make_app(outbox, connect(), Conversations())
    async with app.open_async():
        with other.exclusive("procrastinate"):
            waiting = asyncio.create_task(workers._make_tables(app, outbox))
            await asyncio.sleep(0.15)
            assert not waiting.done()
            await app.schema_manager.apply_schema_async()
        await waiting
    outbox.close()
    other.close()


@pytest.mark.parametrize(
    ("error", "soon"), [(asyncio.CancelledError(), True), (Busy("Another process"), False)]
)
def test_a_drain_that_ends_early_goes_on_at_once_or_a_bit_later(
    error: BaseException, soon: bool
) -> None:
    """At once when its worker was told to stop: another one is there."""
    job = Job(
        id=1, queue="q", lock="contoso", queueing_lock=None, task_name="drain", task_kwargs={}
    )
    decision = workers._GoOn().get_retry_decision(exception=error, job=job)
    assert (decision.retry_at is None) == soon


async def test_tables_that_another_process_makes_in_between_are_not_made_again(
    environ: dict[str, str], database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = Outbox(database)
    app = make_app(outbox, connect(), Conversations())
    answers = iter([False, True, True])  # not there; there once it holds the lock

    async def check() -> bool:
        return next(answers)

    async with app.open_async():
        monkeypatch.setattr(app, "check_connection_async", check)
        await workers._make_tables(app, outbox)
    monkeypatch.undo()
    async with app.open_async():
        assert not await app.check_connection_async()
    outbox.close()


def test_a_pause_ends_the_watching_and_says_how_to_go_on(
    broadcast: Broadcast, teams: LocalTeams, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember(teams.world, os.environ["CONVERSATIONS_URL"], teams.world.people[0])
    monkeypatch.setenv("OUTBOX_URL", database)
    monkeypatch.setattr(Outbox, "job_state", lambda *_: "paused")
    result = broadcast("send", "move")
    assert (result.status, result.out) == (75, "move: 1 waiting\n")
    assert result.err.endswith("To go on: python -m samples.well.broadcast send move\n")
