"""Does the jobs, one after another, and sends each answer to where it was asked for."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from samples.shared.bot import Bot
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.printing import one_line
from samples.shared.quoting import quoting
from samples.shared.sending import send
from samples.well.slow_answer.jobs import Job, Jobs

FIGURES = {"sales": "up 4 % on last month", "stock": "enough for three weeks"}


async def work(
    bot: Bot,
    jobs: Jobs,
    wake: asyncio.Event,
    *,
    seconds: float,
    again_after: float = 60,
    quotes: bool = False,
) -> None:
    """Do what there is to do, for ever; what an earlier process left undone comes first.

    Args:
        wake: set when there is a new job.
        seconds: how long a report takes.
        again_after: seconds until what could not be sent is tried again.
        quotes: whether an answer quotes its question.
    """
    while True:
        wake.clear()
        for job in await asyncio.to_thread(jobs.undone):
            await _do(bot, jobs, job, seconds, quotes)
        with suppress(TimeoutError):
            async with asyncio.timeout(again_after):
                await wake.wait()


async def _do(bot: Bot, jobs: Jobs, job: Job, seconds: float, quotes: bool) -> None:
    answer = job.answer
    if answer is None:
        print(f"working on: {one_line(job.topic)}")
        try:
            answer = await _report(job.topic, seconds)
        except Exception as error:  # One job that fails must not end the worker.
            answer = f"I could not write the report on {job.topic}: {error}"
        await asyncio.to_thread(jobs.answered, job, answer)
    try:
        where = job.reference()
        asked = where.activity_id if quotes else None
        await send(bot, where, quoting(asked, answer) if asked else answer)
    except SEND_ERRORS as error:
        failure = Failure.of(error)
        print(failure)
        if failure.status is None or failure.action in ("retry", "wait"):
            return  # It stays undone: Teams is out of reach, or will take it later.
    # A process that is killed between the two statements sends this answer again.
    await asyncio.to_thread(jobs.done, job)


async def _report(topic: str, seconds: float) -> str:
    """Stands in for slow work: a query, a model, another service.

    Whatever it is, it awaits. What computes instead of waiting goes through `asyncio.to_thread`,
    or nobody else is answered meanwhile.
    """
    await asyncio.sleep(seconds)
    if topic not in FIGURES:
        raise LookupError(f"there are figures for {' and '.join(FIGURES)} only.")
    return f"The report on {topic} you asked for: {FIGURES[topic]}."
