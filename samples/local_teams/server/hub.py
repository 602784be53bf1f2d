"""The hub: a world with its wire and its bot, and everyone who watches for changes."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable, MutableSequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakSet

from aiohttp import web

from ..events.actions import UserAction, perform
from ..events.card_actions import show_answer
from ..model.exchange import Request, Response
from ..model.messages import Activity
from ..model.world import World
from ..services.address import parse_address
from ..services.dispatch import answer
from ..to_bot.courier import Courier, Delivered
from ..to_bot.deliveries import Deliveries
from .refusals import undelivered
from .wire import WIRE_KEPT, Exchange

log = logging.getLogger(__name__)
CANNOT = (
    "Local Teams cannot answer this request; its log says why. If the request is right, report it."
)


@dataclass
class Hub:
    """Passes requests to the services, and activities to the bot, and reports each change.

    Attributes:
        wire: every exchange, oldest first; `record` appends to it.
        check: the refusal of a request whose token is wrong; None when the request may pass.
        failed_sends: what did not arrive, oldest first: see `undelivered`.
        watchers: one event for each open page or waiting test; `report_change` sets it.
        world_version: version counter of everything except messages.
        stopping: whether the server shuts down, so that streams to open pages end.
        loop: the event loop of the server; set when the server starts.
    """

    world: World
    wire: MutableSequence[Exchange]
    deliveries: Deliveries
    check: Callable[[Request], Response | None] = lambda _: None
    failed_sends: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=WIRE_KEPT))
    watchers: WeakSet[asyncio.Event] = field(default_factory=WeakSet)
    world_version: int = 0
    stopping: bool = False
    loop: asyncio.AbstractEventLoop = field(init=False)

    def __post_init__(self) -> None:
        self.courier = Courier(self.world, self.deliveries, self._record_delivery)

    # -- the wire --

    @property
    def last_number(self) -> int:
        """The number of the latest exchange; 0 before the first."""
        return self.wire[-1].number if self.wire else 0

    def record(self, request: Request, response: Response, direction: str = "to Teams") -> None:
        """Append an exchange to the wire."""
        self.wire.append(Exchange(request, response, direction, self.last_number + 1))

    def _record_delivery(self, request: Request, response: Response) -> None:
        self.record(request, response, "to the bot")
        self.report_change()

    # -- requests of the bot --

    def answer(self, request: Request) -> Response:
        """The response of the Connector or of Graph; call `deliver_pending` once it is sent."""
        before = self.world.changes
        response = self.check(request) or self._answer(request)
        self.record(request, response)
        arrived = self.world.changes > before
        if failed := undelivered(self.world, self.wire[-1], arrived=arrived):
            self.failed_sends.append(failed)
        changed = parse_address(request.path).is_graph and request.method != "GET"
        # A change in the world is what Teams reports to the bot, or what Graph was asked to do.
        self.report_change(world=bool(self.world.pending) or changed)
        return response

    def _answer(self, request: Request) -> Response:
        try:
            return answer(self.world, request)
        except Exception:  # one odd request does not end the others
            log.exception("Local Teams cannot answer %s %s", request.method, request.path[:200])
            body = {"error": {"code": "BadRequest", "message": CANNOT}}
            return Response(400, {"Content-Type": "application/json"}, json.dumps(body).encode())

    def deliver_pending(self) -> None:
        """Queue for the bot what Teams sends because of its own requests.

        Does not wait: the bot may still be busy with the activity that made it send the request.
        """
        self.courier.post(self.world.pending)
        self.world.pending = []

    # -- what people do --

    async def happen(
        self, happening: UserAction, service_url: str
    ) -> tuple[list[Activity], list[Delivered]]:
        """Let a person do something, and wait until the bot has answered all that it is sent.

        Returns:
            The activities, and how each delivery ended.

        Raises:
            ValueError: no person, place or action has this name.
        """
        sent = perform(self.world, happening, service_url=service_url)
        self.report_change(world=happening.does not in ("says", "presses"))
        delivered = await asyncio.gather(*self.courier.post(sent))
        await self.courier.settled()
        for activity, one in zip(sent, delivered, strict=False):  # without a bot, none is
            if activity["type"] == "invoke" and show_answer(self.world, activity, one.answer):
                self.report_change()
        return sent, delivered

    # -- who watches --

    def report_change(self, *, world: bool = False) -> None:
        """Wake everyone who watches.

        Args:
            world: whether more than messages may differ.
        """
        self.world_version += world
        for watcher in self.watchers:
            watcher.set()

    async def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait for a change after which a condition is true."""
        changed = asyncio.Event()
        self.watchers.add(changed)
        while not condition():
            await changed.wait()
            changed.clear()

    def summary(self, conversation_id: str) -> dict[str, Any] | None:
        """What a list shows of a conversation; None without messages or when it is deleted."""
        conversation = self.world.conversation(conversation_id)
        if conversation is None or not conversation.messages:
            return None
        last = conversation.messages[-1]
        return {
            "id": conversation.id,
            "name": conversation.name,
            "person": conversation.members[0].id if conversation.kind == "personal" else None,
            "messages": conversation.posted,
            "last": last["id"],
            "newest": last["timestamp"],
            "from": last["from"]["name"],
            "text": (last.get("text") or last.get("summary") or "")[:100],
        }


HUB = web.AppKey("hub", Hub)
