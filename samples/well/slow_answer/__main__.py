"""Say at once that the answer takes time, go on talking, and answer later, over restarts too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from aiohttp import web
from botbuilder.core import ActivityHandler, TurnContext

from samples.shared.bot import Bot, connect
from samples.shared.endpoint import messages_app, serve
from samples.shared.settings import optional_setting, setting
from samples.well.slow_answer.jobs import Jobs
from samples.well.slow_answer.worker import work


class SlowAnswer(ActivityHandler):
    """Takes questions, and answers at once what needs no time."""

    def __init__(self, jobs: Jobs, wake: asyncio.Event) -> None:
        self._jobs = jobs
        self._wake = wake

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        activity = turn_context.activity
        said = TurnContext.remove_recipient_mention(activity) or ""
        asked, _, topic = " ".join(said.split()).casefold().partition(" on ")
        if asked != "report" or not topic:
            await turn_context.send_activity(
                f"Hello, {activity.from_property.name}. Say, for example: report on sales"
            )
            return
        # Stored before it is promised. The turn itself ends here; only the reference lives on.
        where = TurnContext.get_conversation_reference(activity)
        await asyncio.to_thread(self._jobs.add, where, topic)
        try:
            await turn_context.send_activity(
                f"The report on {topic} takes a while. I send it when it is ready."
            )
        finally:
            self._wake.set()


def make_app(
    bot: Bot, jobs: Jobs, *, seconds: float, again_after: float = 60, quotes: bool = False
) -> web.Application:
    """The bot's web application, with the worker that starts and stops with it."""
    wake = asyncio.Event()

    async def working(_: web.Application) -> AsyncIterator[None]:
        worker = asyncio.create_task(
            work(bot, jobs, wake, seconds=seconds, again_after=again_after, quotes=quotes)
        )
        worker.add_done_callback(_end_with_it)
        yield
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker

    app = messages_app(bot, SlowAnswer(jobs, wake))
    app.cleanup_ctx.append(working)
    return app


def _end_with_it(worker: asyncio.Task[None]) -> None:
    """End the bot when its worker fails: without it, the bot makes promises that it cannot keep."""
    if not worker.cancelled():
        raise web.GracefulExit


def main() -> None:
    seconds = float(optional_setting("SLOW_ANSWER_SECONDS", "10"))
    quotes = optional_setting("SLOW_ANSWER_QUOTES", "0")
    if quotes not in ("0", "1"):
        raise SystemExit(f"SLOW_ANSWER_QUOTES is 0 or 1, not {quotes!r}.")
    jobs = Jobs(setting("CONVERSATIONS_URL"))
    serve(make_app(connect(), jobs, seconds=seconds, quotes=quotes == "1"))


if __name__ == "__main__":
    main()
