"""Write to everyone: python -m samples.well.broadcast send | pause | cancel | report | worker."""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import shlex
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import FrameType

from sqlalchemy.exc import DBAPIError
from tqdm import tqdm

from samples.shared.bot import Bot, connect
from samples.shared.bulk.drain import AT_ONCE, Stopped, drain
from samples.shared.bulk.lists import read_list
from samples.shared.bulk.message import Message, read_message
from samples.shared.bulk.outbox import Busy, New, Outbox
from samples.shared.bulk.pace import RATE, Pace
from samples.shared.bulk.recipients import everyone, listed
from samples.shared.bulk.report import UNFINISHED, exit_status, report, write_csv
from samples.shared.bulk.sender import sender
from samples.shared.conversations import Conversations
from samples.shared.settings import setting
from samples.well.broadcast.workers import make_app, submit, work

NOTICE = Path(__file__).with_name("notice.json")
TO_MEND = ("install", "fix", "move", "recreate", "retry")  # failures that can be seen to


async def send(bot: Bot, outbox: Outbox, given: argparse.Namespace) -> None:
    """Send to everyone who waits: the tenants side by side, each at its own pace.

    Raises:
        Busy: another process does.
        Stopped: nothing more can be sent for now.
    """
    do = sender(bot, Conversations(), Message(outbox.content(given.job)))
    with outbox.alone(given.job) as held, _bar(outbox, given.job) as bar, _interrupts() as stop:
        drains = [
            drain(
                outbox,
                given.job,
                tenant_id,
                do,
                pace=Pace(given.rate),
                stop=stop,
                if_unsure=given.if_unsure,
                at_once=given.at_once,
                tell=lambda _: bar.update(),
                say=_say,
                held=held,
            )
            for tenant_id in outbox.tenants(given.job)
        ]
        # One tenant's trouble is not the others': they go on, and then it is told.
        ends = await asyncio.gather(*drains, return_exceptions=True)
    for end in ends:
        if end is not None:
            raise end


async def leave_to_workers(bot: Bot, outbox: Outbox, given: argparse.Namespace) -> None:
    """Give the tenants to the workers, and watch until they are through."""
    app = make_app(outbox, bot, Conversations())
    await submit(app, outbox, given.job, rate=given.rate, if_unsure=given.if_unsure)
    with _bar(outbox, given.job) as bar, _interrupts() as stop:
        stopping = asyncio.create_task(stop.wait())
        while not stop.is_set() and await outbox.run(outbox.state, given.job) == "running":
            left = await outbox.run(outbox.left, given.job)
            bar.update(bar.total - left - bar.n)
            if not left:
                break
            await asyncio.wait({stopping}, timeout=1)
        stopping.cancel()


def begin(given: argparse.Namespace) -> int:
    """Put a broadcast into the outbox, or take it up again, and see it through."""
    bot, message = connect(), read_message(given.message)
    people = _people(bot, message, given.to)
    if given.dry_run:
        return rehearse(message, people, given.rate)
    outbox = Outbox()
    outbox.add(given.job, message.text, people)
    outbox.turn(given.job, "running")
    if given.retry_failed:
        outbox.again(given.job, TO_MEND)
    asyncio.run((send if outbox.embedded else leave_to_workers)(bot, outbox, given))
    return tell(outbox, given.job)


def _people(bot: Bot, message: Message, file: Path | None) -> Iterator[New]:
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
        bot_id=bot.id,
    )


def rehearse(message: Message, people: Iterator[New], rate: float) -> int:
    """Show who would get it, how long it would take and what the first one would get."""
    first: New | None = None
    number, requests = 0, Counter[str]()
    for one in people:
        first = first or one
        number += 1
        requests[one.tenant_id] += 1 if one.data["conversation_id"] else 2
    time = timedelta(seconds=math.ceil(max(requests.values(), default=0) / Pace(rate).rate))
    print(f"{number:,} recipients, {requests.total():,} requests, {len(requests):,} tenants.")
    print(f"At {rate:g} requests a second in each tenant that takes {time}.")
    if first:
        shown = message.to(first.data["fields"]).serialize()
        print(f"{first.name} would get:\n{json.dumps(shown, indent=2, ensure_ascii=False)}")
    print("Nothing was sent, and nothing was stored.")
    return 0


def serve() -> int:
    """Be a worker until told to stop."""
    outbox = Outbox()
    asyncio.run(work(make_app(outbox, connect(), Conversations()), outbox))
    return 0


def tell(outbox: Outbox, job: str, *, as_csv: bool = False) -> int:
    """Print what became of it."""
    if as_csv:
        write_csv(outbox, job, sys.stdout)
    else:
        print(*report(outbox, job), sep="\n")
    return exit_status(outbox, job)


@contextmanager
def _bar(outbox: Outbox, job: str) -> Iterator[tqdm[None]]:
    """Progress with rate and time left, where standard error is a terminal."""
    with tqdm(total=outbox.left(job), unit=" recipients", disable=None) as bar:
        yield bar


def _say(line: str) -> None:
    """Tell a person something, above the bar where there is one."""
    tqdm.write(line, file=sys.stderr)


@contextmanager
def _interrupts() -> Iterator[asyncio.Event]:
    """An event that Ctrl+C or a SIGTERM sets; the second one ends the program as ever."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def interrupted(number: int, _: FrameType | None) -> None:
        _say("Stopping: what is on its way arrives. Once more to stop at once.")
        signal.signal(number, before[signal.Signals(number)])
        loop.call_soon_threadsafe(stop.set)

    for number in before:
        signal.signal(number, interrupted)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def main() -> int:
    """Do what the command line says; the answer is the exit status."""
    given = _arguments().parse_args()
    try:
        status = _do(given)
    except (LookupError, OSError, ValueError, Busy) as error:
        raise SystemExit(str(error)) from error
    except Stopped as error:
        _say(f"Stopped. {error}")
        status = UNFINISHED
    except DBAPIError as error:
        _say(f"Stopped: the database says {error.orig}. Nobody is lost.")
        status = UNFINISHED
    if status == UNFINISHED and given.command == "send":
        _say(f"To go on: python -m samples.well.broadcast {shlex.join(sys.argv[1:])}")
    return status


def _do(given: argparse.Namespace) -> int:
    if given.command == "send":
        return begin(given)
    if given.command == "worker":
        return serve()
    outbox = Outbox()
    if given.command == "report":
        outbox.content(given.job)  # or there is no such job
        return tell(outbox, given.job, as_csv=given.csv)
    left = outbox.turn(given.job, "paused" if given.command == "pause" else "cancelled")
    print(f"{given.job}: {left:,} are not written to.")
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m samples.well.broadcast", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("send", help="begin a broadcast, or go on with one")
    one.add_argument("job", help="its name; with the same name again it goes on")
    one.add_argument("--message", type=Path, default=NOTICE, help="JSON with ${fields}")
    one.add_argument("--to", type=Path, metavar="CSV", help="who gets it (default: everyone)")
    one.add_argument("--dry-run", action="store_true", help="show it, and send nothing")
    one.add_argument("--rate", type=float, default=RATE, help="requests a second and tenant")
    one.add_argument("--at-once", type=int, default=AT_ONCE, help="requests on their way")
    one.add_argument("--if-unsure", choices=("send again", "leave"), default="send again")
    one.add_argument("--retry-failed", action="store_true", help="also those who failed before")
    commands.add_parser("pause", help="let nothing more leave for now").add_argument("job")
    commands.add_parser("cancel", help="let nothing more leave, ever").add_argument("job")
    told = commands.add_parser("report", help="tell how far it is, and whom to see to")
    told.add_argument("job")
    told.add_argument("--csv", action="store_true", help="with everybody's name")
    commands.add_parser("worker", help="send what others begin, on PostgreSQL")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
