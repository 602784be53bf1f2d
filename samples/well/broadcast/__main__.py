"""Write to everyone: python -m samples.well.broadcast send | pause | cancel | report | worker."""

from __future__ import annotations

import argparse
import asyncio
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from samples.shared.bot import connect
from samples.shared.bulk.drain import Stopped
from samples.shared.bulk.lists import read_list
from samples.shared.bulk.locks import Busy
from samples.shared.bulk.message import Message, read_message
from samples.shared.bulk.outbox import Outbox
from samples.shared.bulk.recipients import everyone, listed
from samples.shared.bulk.report import UNFINISHED, exit_status, summary_lines, write_csv
from samples.shared.bulk.rows import New
from samples.shared.conversations import Conversations
from samples.shared.database import damage
from samples.shared.printing import first_line
from samples.shared.settings import setting
from samples.well.broadcast.arguments import parser
from samples.well.broadcast.dry_run import show
from samples.well.broadcast.sending import send_here, send_through_workers
from samples.well.broadcast.terminal import notice

RETRIED = (
    "install",
    "stop",
    "fix",
    "move",
    "recreate",
    "retry",
)  # actions that --retry-failed repeats


def main() -> int:
    """Run the command; return the exit status."""
    given = parser().parse_args()
    try:
        status = run(given)
    except (LookupError, OSError, ValueError, Busy) as error:
        raise SystemExit(str(error)) from error
    except Stopped as error:
        notice(f"Stopped. {error}")
        status = UNFINISHED
    except DBAPIError as error:
        if remedy := damage(error):
            raise SystemExit(f"Stopped. {remedy}") from error
        notice(f"Stopped: the database says {first_line(error.orig)}. Nobody is lost.")
        status = UNFINISHED
    if status == UNFINISHED and given.command == "send":
        notice(f"To go on: python -m samples.well.broadcast {shlex.join(sys.argv[1:])}")
    return status


def run(given: argparse.Namespace) -> int:
    """Run the command; return the exit status."""
    if given.command == "send":
        return send(given)
    outbox = Outbox()
    if given.command == "worker":
        from samples.well.broadcast.workers import make_app, work  # slow to import

        bot, conversations = connect(fast=True), Conversations()

        asyncio.run(work(lambda: make_app(outbox, bot, conversations), outbox))
        return 0
    if given.command == "report":
        outbox.content(given.job)  # raises when there is no such job
        return report(outbox, given.job, as_csv=given.csv)
    waiting = outbox.set_job_state(given.job, "paused" if given.command == "pause" else "cancelled")
    print(f"{given.job}: {waiting:,} are not written to.")
    return 0


def send(given: argparse.Namespace) -> int:
    """Add a broadcast to the outbox, or resume it, and send it."""
    bot, message = connect(fast=True), read_message(given.message)
    recipients = read_recipients(message, given.to)
    if given.dry_run:
        return show(message, recipients, given.rate)
    outbox = Outbox()
    outbox.add(given.job, message.text, recipients)
    outbox.set_job_state(given.job, "running")
    if given.retry_failed:
        outbox.retry_failed(given.job, RETRIED)
    asyncio.run((send_here if outbox.embedded else send_through_workers)(bot, outbox, given))
    return report(outbox, given.job)


def read_recipients(message: Message, file: Path | None) -> Iterator[New]:
    """Everyone whose chat the bot keeps, or everyone in a file."""
    conversations = Conversations()
    if file is None:
        yield from everyone(conversations, message)
        return
    yield from listed(
        read_list(file),
        conversations,
        message,
        tenant_id=setting("TEAMS_TENANT_ID"),
        service_url=setting("TEAMS_SERVICE_URL"),
    )


def report(outbox: Outbox, job: str, *, as_csv: bool = False) -> int:
    """Print how far a job is; return the exit status."""
    if as_csv:
        write_csv(outbox, job, sys.stdout)
    else:
        print(*summary_lines(outbox, job), sep="\n")
    return exit_status(outbox, job)


if __name__ == "__main__":
    raise SystemExit(main())
