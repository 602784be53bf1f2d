"""Runs samples without sockets, threads or processes: in a page, inside the browser.

The sample file runs as it is, and so does the SDK. Local Teams' server and the bot's are reached in
memory. Nothing here needs a browser.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Self

from aiohttp import ClientSession, web

from samples.local_teams.events.actions import UserAction
from samples.local_teams.model.world import World
from samples.local_teams.server.app import make_app
from samples.local_teams.server.hub import HUB
from samples.local_teams.server.serving import HOST
from samples.local_teams.to_bot.deliveries import MESSAGES, Deliveries
from samples.runner.environment import environ, environment
from samples.runner.in_page.connections import SERVICE_URL, aiohttp_reaches, requests_reach
from samples.runner.in_page.failure import failure
from samples.runner.in_page.main_file import as_main
from samples.runner.in_page.moved import old_names
from samples.runner.in_page.output import Printed, Say, Wire
from samples.runner.registry import GUIDE, Registry
from samples.runner.report import title
from samples.runner.stories import PATIENCE, Story, read_story

BOT_URL = f"http://{HOST}:3978"  # where samples.shared.endpoint serves by default


class Page:
    """Local Teams, and a bot once it is started, without a network.

    `async with Page(world, say, folder=…) as page: …`

    Args:
        say: see `run`.
        folder: the folder for the samples' databases.
        variables: the environment, on top of what every sample reads.
        registry: finds the samples.
    """

    def __init__(
        self,
        world: World,
        say: Say,
        *,
        folder: str,
        variables: dict[str, str] | None = None,
        registry: Registry = GUIDE,
    ) -> None:
        self.world, self._say, self.registry = world, say, registry
        self._variables = environment(world, SERVICE_URL, folder) | (variables or {})
        self._wire = Wire(partial(say, "wire"))
        self._said_before = 0  # messages that the bot had sent when the last step ended
        self._deliveries = Deliveries(attempts=1)
        self._serving = ""  # the sample that serves as the bot
        self._runner: web.AppRunner | None = None
        self._background: set[asyncio.Task[Any]] = set()  # tasks that the bot started

    async def __aenter__(self) -> Self:
        self.world.service_url = SERVICE_URL
        self._open = contextlib.AsyncExitStack()
        printed = Printed(self._say)
        self._open.enter_context(old_names())
        self._open.enter_context(environ(self._variables))
        self._open.enter_context(contextlib.redirect_stdout(printed))
        self._open.enter_context(contextlib.redirect_stderr(printed))
        app = make_app(self.world, self._wire, deliveries=self._deliveries)
        self._open.enter_context(requests_reach(app[HUB]))
        reaching = await self._open.enter_async_context(aiohttp_reaches())
        self._hosts, self._reached = reaching
        teams = web.AppRunner(app, access_log=None)
        await teams.setup()
        self._open.push_async_callback(teams.cleanup)
        self._hosts[SERVICE_URL.rstrip("/")] = teams
        self._session = await self._open.enter_async_context(ClientSession())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        await self._open.aclose()

    @contextmanager
    def reporting_failure(self) -> Iterator[None]:
        """Say how a sample failed, instead of raising it."""
        try:
            yield
        except (Exception, SystemExit) as error:
            last = self._wire[-1] if self._wire else None
            if failed := failure(error, last, samples=self.registry.folder):
                self._say("failed", failed)

    # -- the bot ----------------------------------------------------------------------------------

    async def start(self, sample: str) -> None:
        """Start a sample that serves; from then on it receives what Teams sends a bot.

        Raises:
            SystemExit: it ends instead of serving.
        """
        kept: list[web.Application] = []

        def keep(app: web.Application, **_: Any) -> None:
            kept.append(app)

        others = asyncio.all_tasks()
        before, web.run_app = web.run_app, keep  # type: ignore[assignment]
        try:
            await as_main(self.registry.find(sample))
        finally:
            web.run_app = before
        if not kept:
            raise SystemExit(f"{sample} ended; it does not serve.")
        runner = web.AppRunner(kept[0], access_log=None)
        await runner.setup()
        self._background = asyncio.all_tasks() - others
        self._serving, self._runner, self._hosts[BOT_URL] = sample, runner, runner
        self._deliveries.url = BOT_URL + MESSAGES

    async def stop(self) -> None:
        """Stop the bot as Ctrl+C does, with its cleanup."""
        if self._runner:
            await self._runner.cleanup()
        self._deliveries.url = self._runner = None

    def kill(self) -> None:
        """Stop the bot as kill -9 does: without its cleanup, and its connections break."""
        assert self._runner and self._runner.server
        for connection in self._runner.server.connections:
            connection.force_close()
        for connector in self._reached[SERVICE_URL.rstrip("/")] - {self._session.connector}:
            connector._close()
        for task in self._background:
            task.cancel()
        asyncio.get_running_loop().set_exception_handler(_without_unclosed_sessions)
        self._deliveries.url = self._runner = None

    async def happen(self, action: UserAction) -> str:
        """Do what a user does, and deliver it to the bot; returns an error's text, or nothing."""
        body = {key: value for key, value in vars(action).items() if value}
        async with self._session.post(f"{SERVICE_URL}_local/happenings", json=body) as answered:
            payload = await answered.json()
        return str(payload.get("error") or "\n".join(payload["trouble"]))

    async def play(self, story: Story) -> None:
        """Start the story's bot, play the steps one after another, and stop the bot.

        Raises:
            SystemExit: the bot does not serve, refuses a request or sends nothing in time.
        """
        await self.start(story.bot)
        for step in story.steps:
            await self.step(step)
        await self.stop()

    async def step(self, step: dict[str, Any]) -> None:
        """Play one step of a story.

        Raises:
            SystemExit: no bot runs, or it refuses a request or sends nothing in time.
        """
        if self._runner is None:
            raise SystemExit("No bot runs: start it first.")
        if step.get("restart"):
            self.kill()
            await self.start(self._serving)
        elif "wait" in step:
            self._said_before += step["wait"]
            await self._until_said(self._said_before)
        elif "call" in step:
            await self._call(step)
            self._said_before = self._said_by_bot()
        else:
            if trouble := await self.happen(UserAction(**step)):
                raise SystemExit(trouble)
            self._said_before = self._said_by_bot()

    async def _call(self, step: dict[str, Any]) -> None:
        """Post to the bot, as a program elsewhere does, and check the status of its answer."""
        path, expected = step["call"], step.get("expect")
        url, headers = BOT_URL + path, step.get("headers")
        async with self._session.post(url, json=step.get("json", {}), headers=headers) as answered:
            status = answered.status
        if status != expected if expected else not answered.ok:
            raise SystemExit(f"{self._serving} answered {status} to POST {path}.")

    async def _until_said(self, count: int) -> None:
        end = time.monotonic() + PATIENCE
        while self._said_by_bot() < count:
            if time.monotonic() > end:
                raise SystemExit(f"{self._serving} keeps silent.")
            await asyncio.sleep(0.02)

    def _said_by_bot(self) -> int:
        return self.world.said_by_bot


def _without_unclosed_sessions(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Drop aiohttp's warning about unclosed sessions: a killed process closes none."""
    if "client_session" not in context:
        loop.default_exception_handler(context)


async def run(
    sample: str, world: World, say: Say, *, folder: str, registry: Registry = GUIDE
) -> None:
    """Run a sample against a world, by its story if it has one, and say what happens.

    Args:
        sample: its name in the registry.
        say: gets, one after another, `printed` (a text) and `wire` (a request with its answer); at
            the end `failed` (see `failure`), if it failed, and `arrived` (conversations with their
            new messages).
        folder: the folder for the sample's databases.
        registry: finds the sample.

    Raises:
        LookupError: there is no such sample; the message lists all samples.
    """
    before = {c.id: c.posted for c in world.conversations()}
    chosen = registry.find(sample)
    story = read_story(chosen)
    variables = story.environment
    async with Page(world, say, folder=folder, variables=variables, registry=registry) as page:
        with page.reporting_failure():
            if story.steps:
                await page.play(story)
            if not story.is_bot:
                await as_main(chosen, *story.arguments)
    say(
        "arrived",
        [
            {
                "id": conversation.id,
                "kind": conversation.kind,
                "title": title(world, conversation),
                "messages": conversation.since(before.get(conversation.id, 0)),
            }
            for conversation in world.conversations()
            if conversation.posted > before.get(conversation.id, 0)
        ],
    )
