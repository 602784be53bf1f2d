"""Drain tenants on several machines: procrastinate, on PostgreSQL, runs one drain a tenant."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import psycopg
from procrastinate import App, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.retry import BaseRetryStrategy
from sqlalchemy.exc import DBAPIError

from samples.shared.bot import Bot
from samples.shared.bulk.drain import drain
from samples.shared.bulk.locks import Busy
from samples.shared.bulk.message import Message
from samples.shared.bulk.outbox import Outbox
from samples.shared.bulk.pace import Pace
from samples.shared.bulk.sender import sender
from samples.shared.conversations import Conversations
from samples.shared.database import damage
from samples.shared.failing import IfUnsure
from samples.shared.numeric import number, whole_number
from samples.shared.printing import first_line
from samples.well.broadcast.terminal import interrupts, notice

# Tenants that one worker drains side by side: two at full pace keep a core busy.
TENANTS = whole_number("WORKER_TENANTS", 2, most=100)
HEARTBEAT = number("WORKER_HEARTBEAT", 10, least=0.1, most=3600)  # seconds between heartbeats
DEAD = 3 * HEARTBEAT  # seconds without one after which others get the worker's tenants


class _GoOn(BaseRetryStrategy):
    """Repeats a drain that ends early: at once when its worker stops, else a bit later."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision:
        if isinstance(exception, asyncio.CancelledError):
            return RetryDecision()
        return RetryDecision(retry_at=datetime.now(UTC) + timedelta(seconds=HEARTBEAT))


def make_app(outbox: Outbox, bot: Bot, conversations: Conversations) -> App:
    """The queue with its task: drain a tenant.

    Raises:
        ValueError: the outbox is no PostgreSQL database.
    """
    if outbox.embedded:
        raise ValueError(
            "Workers share a PostgreSQL database, and OUTBOX_URL names a SQLite file. "
            "Name one: OUTBOX_URL=postgresql+psycopg://user@host/database"
        )
    address = outbox.url.set(drivername="postgresql")
    app = App(connector=PsycopgConnector(conninfo=address.render_as_string(hide_password=False)))

    @app.task(name="drain", retry=_GoOn())
    async def drain_tenant(job: str, tenant_id: str, rate: float, if_unsure: IfUnsure) -> None:
        content = await outbox.in_thread(outbox.content, job)
        # The queue's lock already gives a tenant to one worker. This lock ends with the connection:
        # a worker that was declared dead and still lives does not send beside its successor.
        with outbox.exclusive(tenant_id) as check_lock:
            await drain(
                outbox,
                job,
                tenant_id,
                sender(bot, conversations, Message(content)),
                pace=Pace(rate),
                stop=asyncio.Event(),
                if_unsure=if_unsure,
                check_lock=check_lock,
            )

    return app


async def work(make: Callable[[], App], outbox: Outbox) -> None:
    """Be a worker until Ctrl+C or SIGTERM. Then others go on with its tenants.

    Args:
        make: makes the queue, as `make_app` does; again after the database was away.
    """
    working = asyncio.create_task(_outlive(make, outbox))
    with interrupts() as stop:
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working


async def _outlive(make: Callable[[], App], outbox: Outbox) -> None:
    """Work, and begin again when the database was away.

    Raises:
        DBAPIError: the database is damaged for good.
    """
    while True:
        try:
            await _work(make(), outbox)
            lost: Exception | str = "the queue ended"  # it has logged why
        except (ConnectorException, psycopg.Error) as error:
            lost = error
        except DBAPIError as error:
            if damage(error):
                raise
            lost = error
        notice(f"The database does not answer; next attempt in {HEARTBEAT:g} s: {first_line(lost)}")
        await asyncio.sleep(HEARTBEAT)


async def _work(app: App, outbox: Outbox) -> None:
    async with app.open_async():
        await _make_tables(app, outbox)
        rescuing = asyncio.create_task(_rescue(app, outbox))
        try:
            await app.run_worker_async(
                concurrency=TENANTS,
                install_signal_handlers=False,
                update_heartbeat_interval=HEARTBEAT,
                stalled_worker_timeout=DEAD,
                # A drain takes hours; when stopped, it ends as soon as nothing is in flight.
                shutdown_graceful_timeout=0,
                delete_jobs="successful",
            )
        finally:
            rescuing.cancel()


async def _rescue(app: App, outbox: Outbox) -> None:
    """Give the tenants of dead workers to the living ones, at each heartbeat.

    This is not a job of the queue: a job would wait while every worker is busy.
    """
    while True:
        await asyncio.sleep(HEARTBEAT)
        with (
            suppress(Busy, ConnectorException, DBAPIError),  # the worker reports a lost database
            outbox.exclusive("rescue"),
        ):  # or two could retry the same job
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=DEAD):
                await app.job_manager.retry_job(job)


async def submit(app: App, outbox: Outbox, job: str, *, rate: float, if_unsure: IfUnsure) -> None:
    """Give each tenant with unfinished recipients to the workers."""
    async with app.open_async():
        await _make_tables(app, outbox)
        for tenant_id in await outbox.in_thread(outbox.tenants, job):
            # Not a queueing_lock: it would refuse to repeat a drain after another was queued. Two
            # processes may both find none; the second drain then has nothing to do.
            queued = await app.job_manager.list_jobs_async(
                task="drain", lock=tenant_id, status=Status.TODO.value
            )
            if not any(one.task_kwargs["job"] == job for one in queued):
                await app.configure_task("drain", lock=tenant_id).defer_async(
                    job=job, tenant_id=tenant_id, rate=rate, if_unsure=if_unsure
                )


async def _make_tables(app: App, outbox: Outbox) -> None:
    """Make procrastinate's tables, unless they are there or another process makes them."""
    while not await app.check_connection_async():
        try:
            with outbox.exclusive("procrastinate"):
                if not await app.check_connection_async():
                    await app.schema_manager.apply_schema_async()
        except Busy:
            await asyncio.sleep(0.1)
