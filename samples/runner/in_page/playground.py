"""A world that stays, in which a reader starts one sample after another."""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any

from aiohttp import ClientTimeout

from samples.runner.in_page.connections import SERVICE_URL
from samples.runner.in_page.main_file import as_main
from samples.runner.in_page.page import Page
from samples.runner.stories import read_story


class Playground(Page):
    """A page whose world stays while a reader starts one sample after another.

    Beside what `Page` says, `changed` is what `GET /_local/changes` sends.
    """

    _watching: asyncio.Task[None] | None = None

    async def __aexit__(self, *error: object) -> None:
        if self._watching:
            self._watching.cancel()
        await super().__aexit__(*error)

    async def begin(self, sample: str) -> bool:
        """Start the bot of a sample's story in place of the one that runs, or run a sample without
        a story. Says how it failed; returns whether a bot runs now."""
        await self.stop()
        story = read_story(self.registry.find(sample))
        os.environ.update(story.environment)
        with self.reporting_failure():
            if story.bot:
                await self.start(story.bot)
            else:
                await as_main(self.registry.find(sample))
        return self._runner is not None

    async def let(self, sample: str, number: int) -> None:
        """Play a step of a sample's story, by its index; past the last, run the sample.

        Says how it failed.
        """
        story = read_story(self.registry.find(sample))
        with self.reporting_failure():
            if number < len(story.steps):
                await self.step(story.steps[number])
            else:
                await as_main(self.registry.find(sample), *story.arguments)

    async def ask(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        """Send Local Teams a request of its page; returns the status and the text of the answer."""
        url = f"{SERVICE_URL}{path}"
        async with self._session.request(method, url, json=body) as answered:
            return answered.status, await answered.text()

    def watch(self) -> None:
        """Say the state of everything, and then every change."""
        if self._watching:
            self._watching.cancel()
        self._watching = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        endless = ClientTimeout(total=None)
        async with self._session.get(f"{SERVICE_URL}_local/changes", timeout=endless) as stream:
            async for line in stream.content:
                if line.startswith(b"data: "):
                    self._say("changed", json.loads(line.removeprefix(b"data: ")))
