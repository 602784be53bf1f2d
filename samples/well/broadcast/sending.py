"""Send a broadcast: in this process, or through workers that this process watches."""

from __future__ import annotations

import argparse
import asyncio

from samples.shared.bot import Bot
from samples.shared.bulk.drain import drain
from samples.shared.bulk.message import Message
from samples.shared.bulk.outbox import Outbox
from samples.shared.bulk.pace import Pace
from samples.shared.bulk.sender import sender
from samples.shared.conversations import Conversations
from samples.well.broadcast.terminal import interrupts, notice, progress


async def send_here(bot: Bot, outbox: Outbox, given: argparse.Namespace) -> None:
    """Send to everyone who waits: the tenants side by side, each at its own pace.

    Raises:
        Busy: another process does.
        Stopped: nothing more can be sent for now.
    """
    handle = sender(bot, Conversations(), Message(outbox.content(given.job)))
    with (
        outbox.exclusive(given.job) as check_lock,
        progress(outbox, given.job) as bar,
        interrupts() as stop,
    ):
        drains = [
            drain(
                outbox,
                given.job,
                tenant_id,
                handle,
                pace=Pace(given.rate),
                stop=stop,
                if_unsure=given.if_unsure,
                at_once=given.at_once,
                on_outcome=lambda _: bar.update(),
                on_notice=notice,
                check_lock=check_lock,
            )
            for tenant_id in outbox.tenants(given.job)
        ]
        # An error in one tenant does not stop the others; it is raised when they are finished.
        ends = await asyncio.gather(*drains, return_exceptions=True)
    for end in ends:
        if end is not None:
            raise end


async def send_through_workers(bot: Bot, outbox: Outbox, given: argparse.Namespace) -> None:
    """Give the tenants to the workers, and watch until they are finished."""
    from samples.well.broadcast.workers import make_app, submit  # only PostgreSQL needs the queue

    app = make_app(outbox, bot, Conversations())
    await submit(app, outbox, given.job, rate=given.rate, if_unsure=given.if_unsure)
    with progress(outbox, given.job) as bar, interrupts() as stop:
        stopping = asyncio.create_task(stop.wait())
        while await outbox.in_thread(outbox.job_state, given.job) == "running":
            left = await outbox.in_thread(outbox.left, given.job)
            bar.update(bar.total - left - bar.n)
            if not left or stop.is_set():
                break
            await asyncio.wait({stopping}, timeout=1)
        stopping.cancel()
