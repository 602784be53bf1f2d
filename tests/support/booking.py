"""A booking bot, people who write to it, and a program that has news for them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from samples.local_teams.events.actions import UserAction, perform
from samples.local_teams.model.people import Person
from samples.local_teams.testing import LocalTeams
from samples.well.fit_in.booking import BookingBot

TOKEN = "the token of the tests and nothing else"


class Scene:
    """A booking bot behind HTTP, people who write to it, and a program that has news for them."""

    def __init__(self, teams: LocalTeams, bot: BookingBot) -> None:
        self.teams, self.bot = teams, bot
        self.client = TestClient(TestServer(bot.app()))

    def person(self, who: str) -> Person:
        return next(p for p in self.teams.world.people if p.name == who)

    async def happens(self, happening: UserAction, **changed: Any) -> int:
        """Let something happen; answers with the status of the bot's answer."""
        status = 0
        for activity in perform(self.teams.world, happening, service_url=self.teams.service_url):
            async with self.client.post("/api/messages", json=activity | changed) as answer:
                status = answer.status
        return status

    async def says(self, text: str, who: str = "Ada Lovelace") -> list[str]:
        """Let somebody say something; answers with what the bot has said to it."""
        before = len(self.said_to(who))
        assert await self.happens(UserAction(who, "says", text=text)) == 201
        return self.said_to(who)[before:]

    async def news(self, text: Any, who: str = "Ada Lovelace", token: str = TOKEN) -> str:
        """Let a program bring news; answers with the status and what the bot makes of it."""
        async with self.client.post(
            "/api/notify",
            json={"to": self.person(who).aad_object_id, "text": text},
            headers={"Authorization": f"Bearer {token}"},
        ) as answer:
            return f"{answer.status} {await answer.text()}"

    def said_to(self, who: str = "Ada Lovelace") -> list[str]:
        """What the bot said in somebody's personal chat, oldest first."""
        world = self.teams.world
        chat = world.personal_chat(self.person(who))
        return [m["text"] for m in chat.messages if m["from"]["id"] == world.bot_id]


@asynccontextmanager
async def playing(teams: LocalTeams, bot: BookingBot) -> AsyncIterator[Scene]:
    booking_scene = Scene(teams, bot)
    async with booking_scene.client:
        yield booking_scene
