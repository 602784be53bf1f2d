"""What a person at a terminal sees of a broadcast, and how they stop it."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from tqdm import tqdm

from samples.shared.bulk.outbox import Outbox


@contextmanager
def progress(outbox: Outbox, job: str) -> Iterator[tqdm[None]]:
    """A progress bar with rate and time left, where standard error is a terminal."""
    with tqdm(total=outbox.left(job), unit=" recipients", disable=None) as bar:
        yield bar


def notice(line: str) -> None:
    """Print a line on standard error, above the progress bar if there is one."""
    tqdm.write(line, file=sys.stderr)


@contextmanager
def interrupts() -> Iterator[asyncio.Event]:
    """An event that Ctrl+C or SIGTERM sets; the second one ends the program as usual."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def interrupted(number: int, _: FrameType | None) -> None:
        notice("Stopping: what is on its way arrives. Once more to stop at once.")
        signal.signal(number, before[signal.Signals(number)])
        loop.call_soon_threadsafe(stop.set)

    for number in before:
        signal.signal(number, interrupted)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
