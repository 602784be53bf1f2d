"""Delivers activities to the bot, one after another, and repeats a delivery where Teams would."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import aiohttp

from ..model.exchange import Request, Response, read_json
from ..model.messages import Activity
from ..model.world import World
from .deliveries import Deliveries

LONGEST_ANSWER = 1_000_000  # bytes of a bot's answer
QUEUED = 100_000  # activities that wait for a bot that does not keep up


class NotDelivered(Exception):
    """The bot did not accept an activity; the message says what it answered."""


class Delivered(NamedTuple):
    """How a delivery ended.

    Attributes:
        error_text: why it failed; empty when it succeeded.
        answer: the JSON in the bot's answer.
    """

    error_text: str
    answer: Any = None


class Courier:
    """Delivers in the order of `post`, in the event loop that runs `work`.

    Args:
        deliveries: where to, and how; read anew for each delivery.
        record: called with each attempt and its response.
    """

    def __init__(
        self,
        world: World,
        deliveries: Deliveries,
        record: Callable[[Request, Response], None],
    ) -> None:
        self._world, self._deliveries, self._record = world, deliveries, record
        self._queue: asyncio.Queue[tuple[Activity, asyncio.Future[Delivered]]] = asyncio.Queue()

    def post(self, activities: Sequence[Activity]) -> list[asyncio.Future[Delivered]]:
        """Queue activities; each future gives how the delivery ended."""
        if self._deliveries.url is None:
            return []
        done = [asyncio.get_running_loop().create_future() for _ in activities]
        for activity, future in zip(activities, done, strict=True):
            if self._queue.qsize() < QUEUED:
                self._queue.put_nowait((activity, future))
            else:
                future.set_result(Delivered(f"{QUEUED:,} activities wait for the bot already."))
        return done

    async def settled(self) -> None:
        """Wait until everything posted is delivered or given up, and what came of it too."""
        await self._queue.join()

    async def work(self) -> None:
        """Deliver until cancelled."""
        async with aiohttp.ClientSession() as session:
            while True:
                activity, done = await self._queue.get()
                delivered = Delivered("It was not delivered.")
                for _ in range(self._deliveries.duplicates):
                    try:
                        delivered = await self._deliver(session, activity)
                    except Exception as error:  # the next activity is delivered all the same
                        delivered = Delivered(f"Not delivered: {type(error).__name__}: {error}")
                        request = Request("POST", self._deliveries.url or "", {}, _body(activity))
                        self._record(request, _NO_RESPONSE)
                if not done.done():  # nobody waits any more when the server stops
                    done.set_result(delivered)
                self._queue.task_done()

    async def _deliver(self, session: aiohttp.ClientSession, activity: Activity) -> Delivered:
        """Try as often as `attempts` says; returns how the last try ended."""
        for _ in range(self._deliveries.attempts):
            url = self._deliveries.url
            if url is None:
                return Delivered("The bot was disconnected before it got this.")
            request = self._request(url, activity)
            if self._deliveries.lost > 0:
                self._deliveries.lost -= 1
                response, error_text = _NO_RESPONSE, "The delivery got lost."
            else:
                response, error_text = await self._send(session, url, request)
            self._record(request, response)
            if not response.dropped and response.status < 500:
                return Delivered(error_text, response.json)
        return Delivered(f"{error_text} Teams tried {self._deliveries.attempts} times.")

    def _request(self, url: str, activity: Activity) -> Request:
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "x-ms-conversation-id": activity["conversation"]["id"],
            "x-ms-tenant-id": self._world.tenant_id,
        }
        if self._deliveries.sign:
            headers["Authorization"] = self._deliveries.sign(activity)
        return Request("POST", url, headers, _body(activity))

    async def _send(
        self, session: aiohttp.ClientSession, url: str, request: Request
    ) -> tuple[Response, str]:
        what = f"the bot at {url} to {request.json['type']}"
        try:
            async with session.post(
                url,
                data=request.body,
                headers=request.headers,
                timeout=aiohttp.ClientTimeout(total=self._deliveries.patience),
                allow_redirects=False,  # Teams posts to the registered endpoint only
            ) as answer:
                status, headers, body = answer.status, dict(answer.headers), b""
                async for chunk in answer.content.iter_chunked(65536):
                    body += chunk
                    if len(body) > LONGEST_ANSWER:
                        text = f"The answer of {what} has over {LONGEST_ANSWER:,} bytes."
                        return Response(status, headers, b""), text
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            return _NO_RESPONSE, f"No answer from {what}: {error or 'it took too long'}."
        if not 200 <= status <= 299:
            text = body.decode(errors="replace").strip()[:1000]
            return Response(status, headers, _as_json(body)), f"{status} from {what}: {text}."
        return Response(status, headers, _as_json(body)), ""


def _body(activity: Activity) -> bytes:
    # In ASCII: a text of a test may contain half of a character.
    return json.dumps(activity, ensure_ascii=not _can_be_encoded(activity)).encode()


def _can_be_encoded(activity: Activity) -> bool:
    try:
        json.dumps(activity, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


_NO_RESPONSE = Response(0, {}, b"", dropped=True)


def _as_json(body: bytes) -> bytes:
    """A bot may answer with any text; the wire keeps bodies as JSON."""
    try:
        read_json(body or b"null")
    except ValueError:
        return json.dumps(body.decode(errors="replace")).encode()
    return body
