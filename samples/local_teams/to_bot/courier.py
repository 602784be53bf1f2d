"""Brings a bot what Teams sends it, one activity after another, and again where Teams would."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from ...facts import facts
from ..model.exchange import Request, Response
from ..model.world import Activity, World

MESSAGES = "/api/messages"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Bot:
    """Where the bot listens, and how what it is sent fares on the way.

    Attributes:
        url: its messaging endpoint; None while there is no bot.
        duplicates: how many times it gets each activity.
        lost: how many of the next deliveries get lost; each is tried again, as Teams does.
        attempts: how many times a delivery is tried when the bot fails or keeps silent.
        patience: seconds until an answer is given up.
        sign: gives the Authorization header that an activity comes with; None sends none.
    """

    url: str | None = None
    duplicates: int = 1
    lost: int = 0
    attempts: int = 3
    patience: float = facts()["to_the_bot"]["answer_within_seconds"]
    sign: Callable[[Activity], str] | None = None


class NotDelivered(Exception):
    """The bot did not take an activity; the message says what it answered."""


class Courier:
    """Delivers in the order of `post`, in the event loop that runs `work`.

    Args:
        bot: to whom; read anew for each delivery.
        record: is given each attempt with its answer.
    """

    def __init__(self, world: World, bot: Bot, record: Callable[[Request, Response], None]) -> None:
        self._world, self._bot, self._record = world, bot, record
        self._queue: asyncio.Queue[tuple[Activity, asyncio.Future[str]]] = asyncio.Queue()

    def post(self, activities: Sequence[Activity]) -> list[asyncio.Future[str]]:
        """Queue activities; each future gives an empty text, or what went wrong."""
        if self._bot.url is None:
            return []
        done = [asyncio.get_running_loop().create_future() for _ in activities]
        for pair in zip(activities, done, strict=True):
            self._queue.put_nowait(pair)
        return done

    async def settled(self) -> None:
        """Wait until all that was posted is delivered or given up, and what came of it too."""
        await self._queue.join()

    async def work(self) -> None:
        """Deliver until cancelled."""
        async with aiohttp.ClientSession() as session:
            while True:
                activity, done = await self._queue.get()
                for _ in range(self._bot.duplicates):
                    trouble = await self._deliver(session, activity)
                if not done.done():  # nobody waits any more when the server stops
                    done.set_result(trouble)
                self._queue.task_done()

    async def _deliver(self, session: aiohttp.ClientSession, activity: Activity) -> str:
        for _ in range(self._bot.attempts):
            url = self._bot.url
            if url is None:
                return "The bot was taken away before it was sent this."
            request = self._request(url, activity)
            if self._bot.lost > 0:
                self._bot.lost -= 1
                answered, trouble = _NO_ANSWER, "The delivery got lost."
            else:
                answered, trouble = await self._ask(session, url, request)
            self._record(request, answered)
            if not answered.dropped and answered.status < 500:
                return trouble
        return f"{trouble} It was tried {self._bot.attempts} times."

    def _request(self, url: str, activity: Activity) -> Request:
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "x-ms-conversation-id": activity["conversation"]["id"],
            "x-ms-tenant-id": self._world.tenant_id,
        }
        if self._bot.sign:
            headers["Authorization"] = self._bot.sign(activity)
        return Request("POST", url, headers, json.dumps(activity, ensure_ascii=False).encode())

    async def _ask(
        self, session: aiohttp.ClientSession, url: str, request: Request
    ) -> tuple[Response, str]:
        what = f"the bot at {url} to {request.json['type']}"
        try:
            async with session.post(
                url,
                data=request.body,
                headers=request.headers,
                timeout=aiohttp.ClientTimeout(total=self._bot.patience),
            ) as answer:
                status, body = answer.status, await answer.read()
                headers = dict(answer.headers)
        except (aiohttp.ClientError, TimeoutError) as error:
            return _NO_ANSWER, f"No answer from {what}: {error or 'it took too long'}."
        if not 200 <= status <= 299:
            text = body.decode(errors="replace").strip()
            return Response(status, headers, _as_json(body)), f"{status} from {what}: {text}."
        return Response(status, headers, _as_json(body)), ""


_NO_ANSWER = Response(0, {}, b"", dropped=True)


def _as_json(body: bytes) -> bytes:
    """What a bot answers may be any text; where exchanges are kept, bodies are JSON."""
    try:
        json.loads(body or b"null")
    except ValueError:
        return json.dumps(body.decode(errors="replace")).encode()
    return body


def endpoint(url: str) -> str:
    """The URL of a messaging endpoint.

    Raises:
        ValueError: it is no http or https URL with a path, as bots have.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or len(parts.path) < 2:
        raise ValueError(f"{url!r} is no messaging endpoint, as http://127.0.0.1:3978{MESSAGES} is")
    return url


def application(handler: Handler) -> web.Application:
    """A web application that has a bot's request handler at /api/messages."""

    async def messages(request: web.Request) -> web.StreamResponse:
        return await handler(request)

    app = web.Application()
    app.router.add_post(MESSAGES, messages)
    return app
