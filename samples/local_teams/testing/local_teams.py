"""`LocalTeams`: Local Teams in a thread of its own, for tests and for the runner."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import urljoin

from ..events.actions import UserAction
from ..model.contoso import contoso
from ..model.faults import fault
from ..model.messages import Activity
from ..model.world import World
from ..server.app import make_app
from ..server.hub import HUB
from ..server.serving import serving
from ..server.variables import NO_CREDENTIALS, variables
from ..server.wire import Exchange
from ..to_bot.courier import NotDelivered
from ..to_bot.deliveries import MESSAGES, Deliveries, messaging_endpoint
from .actors import Actor, Chat
from .bots import BotInProcess, bot_application

if TYPE_CHECKING:  # who needs no sign-in needs no cryptography either
    from ..sign_in.authority import Authority

__tracebackhide__ = True  # pytest shows the line of the test, and nothing of this file
_T = TypeVar("_T")
NOBODY = (
    "No bot is connected, so nobody got this. Name your bot before: teams.connect(make_app()), or "
    "pytest --teams-bot=http://127.0.0.1:3978/api/messages for a bot in a process of its own. In a "
    "test without a bot, call teams.disconnect() first."
)


class LocalTeams:
    """Local Teams in a thread of its own, on a free port: `with LocalTeams() as teams: …`.

    Connect a bot and let people do something: `teams.person("Ada").says("hi")` returns when the bot
    has answered all that it was sent, and `teams.chat("Ada").texts` is what it said.

    Attributes:
        world: the people, chats and teams; Contoso unless you give another.
        wire: every request and its response, to Teams and to the bot, oldest first.
        deliveries: where the bot listens, and how deliveries fare: `duplicates`, `lost`, `attempts`
            and `patience`.
        service_url: the service URL that the bot gets; set while the server runs.
        authority: whose tokens the Connector demands, and who signs activities for the bot.
    """

    def __init__(self, world: World | None = None, authority: Authority | None = None) -> None:
        self.world = world or contoso()
        self.authority = authority
        self.wire: list[Exchange] = []
        self.deliveries = Deliveries()
        self.service_url = ""
        self._without_bot = False  # whether somebody said so
        self._app = make_app(self.world, self.wire, authority, self.deliveries)
        self._running = ExitStack()

    def __enter__(self) -> Self:
        self.service_url = self._running.enter_context(serving(self._app))
        self.world.service_url = self.service_url
        return self

    def __exit__(self, *error: object) -> None:
        self._running.close()

    @property
    def tenant_id(self) -> str:
        """The id of the tenant that all people here are in."""
        return self.world.tenant_id

    @property
    def environment(self) -> dict[str, str]:
        """The variables that the guide's samples read, by name, for this Local Teams: where to
        send, and to whom; the bot's credentials are empty, so that it does not sign in."""
        return {
            **NO_CREDENTIALS,
            "TEAMS_ALLOWED_SERVICE_URLS": self.service_url,
            **variables(self.world, self.service_url),
        }

    # -- the bot --

    def connect(self, bot: str | BotInProcess) -> None:
        """Say which bot hears what people do, instead of the one before.

        Args:
            bot: the URL of its messaging endpoint; or a bot in this process, which then runs in a
                thread of its own: an aiohttp application with a route for POST /api/messages, an
                adapter with its handler as a pair, or a function from request to response.

        Raises:
            ValueError: the URL is not a messaging endpoint, or the application was served before.
        """
        if isinstance(bot, str):
            self.deliveries.url = messaging_endpoint(bot)
            return
        url = self._running.enter_context(serving(bot_application(bot)))
        self.deliveries.url = f"{url.rstrip('/')}{MESSAGES}"

    def disconnect(self) -> None:
        """Deliver nothing from now on, and do not call that an error."""
        self.deliveries.url, self._without_bot = None, True

    @property
    def bot_url(self) -> str:
        """The bot's own address, `http://127.0.0.1:…/`, for tests that post to another of its
        endpoints: `f"{teams.bot_url}api/alert"`.

        Raises:
            ValueError: no bot is connected.
        """
        if self.deliveries.url is None:
            raise ValueError(NOBODY)
        return urljoin(self.deliveries.url, "/")

    @property
    def bot(self) -> Deliveries:
        """The older name of `deliveries`; setting it is the older way to `connect`."""
        return self.deliveries

    @bot.setter
    def bot(self, bot: str | BotInProcess | None) -> None:
        if bot:
            self.connect(bot)
        else:
            self.disconnect()

    # -- people and places --

    def person(self, name: str) -> Actor:
        """Somebody who can do things: by name, or by first name where only one person has it.

        Raises:
            ValueError: nobody has this name, or several people do; the message lists them.
        """
        return Actor(self, name)

    def chat(self, name: str) -> Chat:
        """The personal chat between a person and the bot.

        Raises:
            ValueError: nobody has this name, or several people do; the message lists them.
        """
        return Chat(self, name)

    def group(self, name: str) -> Chat:
        """A group chat, by name.

        Raises:
            ValueError: there is no such chat; the message lists those there are.
        """
        return Chat(self, where=name)

    def channel(self, name: str) -> Chat:
        """A channel, as `Team/Channel`.

        Raises:
            ValueError: there is no such channel; the message lists those there are.
        """
        return Chat(self, where=name)

    # -- what happens --

    def fault(self, **fields: Any) -> None:
        """Make Teams refuse, delay or drop a request to come; the fields are those of faults.Fault.

        Raises:
            ValueError: a fault has no such field or value; the message lists those it has.
        """
        self.world.faults.append(fault(fields))

    def happen(self, happening: UserAction) -> list[Activity]:
        """Let a person do something, and wait until the bot has answered all that it is sent.

        Returns:
            The activities that the bot was sent.

        Raises:
            ValueError: there is no such person, place or action; the message lists those there are.
            NotDelivered: the bot failed, refused or did not answer; the message says how. Or no
                bot is connected; after `disconnect` that is no error.
        """
        sent, deliveries = self._in_server(self._app[HUB].happen(happening, self.service_url))
        if sent and self.deliveries.url is None and not self._without_bot:
            raise NotDelivered(NOBODY)
        if failed := [one.error_text for one in deliveries if one.error_text]:
            raise NotDelivered("\n".join(failed))
        return sent

    def wait_until(self, condition: Callable[[], bool], *, seconds: float) -> bool:
        """Wait until a condition is true, checking after every change; False when time is up."""

        async def wait() -> bool:
            try:
                async with asyncio.timeout(seconds):
                    await self._app[HUB].wait_until(condition)
            except TimeoutError:
                return False
            return True

        return self._in_server(wait())

    def _in_server(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run something in the server's loop, so that nothing else changes the world meanwhile."""
        return asyncio.run_coroutine_threadsafe(work, self._app[HUB].loop).result()
