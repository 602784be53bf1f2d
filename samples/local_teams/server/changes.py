"""Server-sent events: what changed, for open pages."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress

from aiohttp import web
from aiohttp_sse import sse_response

from .hub import HUB

_EVENT_INTERVAL = 0.05  # seconds between two events, so that a burst of messages is one event


async def _changes(request: web.Request) -> web.StreamResponse:
    """A stream of events: what changed since the event before; the first one has everything.

    Each is `{"world": whether anything but messages may differ, "conversations": those in which
    something changed, "failed": sends that failed (see `undelivered`), "wire": the number of the
    latest exchange}`.
    """
    hub, changed = request.app[HUB], asyncio.Event()
    hub.watchers.add(changed)
    seen, world_version, number = 0, -1, 0
    async with sse_response(request) as stream:
        with suppress(ConnectionError):  # the page was closed
            while stream.is_connected() and not hub.stopping:
                changed.clear()
                changes = hub.world.changes  # before looking: what comes meanwhile is for the next
                new = hub.world.changed_since(seen)
                summaries = [hub.summary(conversation_id) for conversation_id in new]
                event = {
                    "world": hub.world_version != world_version,
                    "conversations": [summary for summary in summaries if summary],
                    "failed": [one for one in hub.failed_sends if one["number"] > number],
                    "wire": hub.last_number,
                }
                seen, world_version = changes, hub.world_version
                number = hub.last_number
                await stream.send(json.dumps(event))
                await asyncio.sleep(_EVENT_INTERVAL)
                await changed.wait()
        return stream


async def end_streams(app: web.Application) -> None:
    """Let the streams to open pages end, so that the server can stop."""
    app[HUB].stopping = True
    app[HUB].report_change()


ROUTES = [web.get("/_local/changes", _changes)]
