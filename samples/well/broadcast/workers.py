"""Drain tenants on several machines: procrastinate, on PostgreSQL, runs one drain a tenant."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from procrastinate import App, PsycopgConnector, RetryDecision
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job
from procrastinate.retry import BaseRetryStrategy

from samples.shared.bot import Bot
from samples.shared.bulk.drain import drain
from samples.shared.bulk.locks import Busy
from samples.shared.bulk.message import Message
from samples.shared.bulk.outbox import Outbox
from samples.shared.bulk.pace import Pace
from samples.shared.bulk.sender import sender
from samples.shared.conversations import Conversations
from samples.shared.failing import IfUnsure
from samples.shared.settings import optional_setting

# Tenants that one worker drains side by side: two at full pace keep a core busy.
TENANTS = int(optional_setting("WORKER_TENANTS", "2"))
HEARTBEAT = float(optional_setting("WORKER_HEARTBEAT", "10"))  # seconds between heartbeats
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


async def work(app: App, outbox: Outbox) -> None:
    """Be a worker until stopped. Then others go on with its tenants."""
    async with app.open_async():
        await _make_tables(app, outbox)
        async with asyncio.TaskGroup() as both:
            rescuing = both.create_task(_rescue(app, outbox))
            await app.run_worker_async(
                concurrency=TENANTS,
                update_heartbeat_interval=HEARTBEAT,
                stalled_worker_timeout=DEAD,
                # A drain takes hours; when stopped, it ends as soon as nothing is in flight.
                shutdown_graceful_timeout=0,
                delete_jobs="successful",
            )
            rescuing.cancel()


async def _rescue(app: App, outbox: Outbox) -> None:
    """Give the tenants of dead workers to the living ones, at each heartbeat.

    This is not a job of the queue: a job would wait while every worker is busy.
    """
    while True:
        await asyncio.sleep(HEARTBEAT)
        with (
            suppress(Busy),
            outbox.exclusive("rescue"),
        ):  # or two could retry the same job
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=DEAD):
                await app.job_manager.retry_job(job)


async def submit(app: App, outbox: Outbox, job: str, *, rate: float, if_unsure: IfUnsure) -> None:
    """Give each tenant with unfinished recipients to the workers."""
    async with app.open_async():
        await _make_tables(app, outbox)
        for tenant_id in await outbox.in_thread(outbox.tenants, job):
            with suppress(AlreadyEnqueued):  # submitted twice
                await app.configure_task(
                    "drain", lock=tenant_id, queueing_lock=f"{job} {tenant_id}"
                ).defer_async(job=job, tenant_id=tenant_id, rate=rate, if_unsure=if_unsure)


async def _make_tables(app: App, outbox: Outbox) -> None:
    """Make procrastinate's tables, unless they are there or another process makes them."""
    while not await app.check_connection_async():
        try:
            with outbox.exclusive("procrastinate"):
                if not await app.check_connection_async():
                    await app.schema_manager.apply_schema_async()
        except Busy:
            await asyncio.sleep(0.1)
