"""Puts probes to one side, Teams or Local Teams, and deletes what they posted."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import unquote

from aiohttp import ClientError, ClientSession, ClientTimeout

from samples.local_teams.model.exchange import read_json
from samples.runner.conformance.probes import Probe
from samples.shared.service_urls import is_loopback

TIMEOUT = 60.0  # seconds for one answer
ATTEMPTS = 3  # of a request that is throttled
NOT_JSON = "<not JSON>"
T = TypeVar("T")
_POSTS = re.compile(r"v3/conversations(?:/(?P<where>[^/]+)/activities(?:/[^/]+)?)?")
_MESSAGE = re.compile(r"v3/conversations/([^/]+)/activities/([^/]+)")


@dataclass(frozen=True)
class Answer:
    """What a side answered.

    Attributes:
        status: 0 when nothing answered.
        body: JSON; NOT_JSON for anything else, None for an empty body.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


@dataclass
class Side:
    """Teams or Local Teams, with the values that fill in the probes.

    Attributes:
        token: the bot's; empty for a bot that does not sign in.
        values: by name; probes add those that they keep.
        posted: conversation and message of what is there, oldest first.
        left: what could not be deleted, or may be there without an ID.
    """

    service_url: str
    token: str
    values: dict[str, str]
    posted: list[tuple[str, str]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


class NoAnswer(Exception):
    """Nothing answers at the service URL."""


async def ask(side: Side, probes: Iterable[Probe]) -> list[Answer | None]:
    """Put probes to a side, in order, and delete what they posted, also when cancelled.

    Returns:
        The answer to each; None where the probe was left out, because an earlier one did not give
        a value that it needs.

    Raises:
        NoAnswer: nothing answered the first probe, which posts nothing.
    """
    found: list[Answer | None] = []
    async with ClientSession(
        timeout=ClientTimeout(total=TIMEOUT),
        trust_env=not is_loopback(side.service_url),
    ) as session:
        try:
            for probe in probes:
                ready = probe.names <= side.values.keys()
                found.append(await _finish(_put(session, side, probe)) if ready else None)
                if found[0] and not found[0].status:
                    raise NoAnswer
        finally:
            await _finish(_delete_all(session, side))
    return found


async def _finish(work: Coroutine[Any, Any, T]) -> T:
    """Wait for work to its end before a cancellation goes on: it may just have posted something."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


async def _put(session: ClientSession, side: Side, probe: Probe) -> Answer:
    path = probe.path_with(side.values)
    answer = await _request(
        session, side, probe.method, path, probe.body_with(side.values), signed=probe.signed
    )
    _note_posted(side, probe, path, answer)
    for name, field_name in probe.keep.items():
        if isinstance(answer.body, dict) and isinstance(answer.body.get(field_name), str):
            side.values[name] = answer.body[field_name]
    return answer


def _note_posted(side: Side, probe: Probe, path: str, answer: Answer) -> None:
    body = answer.body if isinstance(answer.body, dict) else {}
    deleted = _MESSAGE.fullmatch(path)
    if probe.method == "DELETE" and deleted and answer.status == 200:
        gone = (unquote(deleted[1]), unquote(deleted[2]))
        side.posted = [message for message in side.posted if message != gone]
    posts = _POSTS.fullmatch(path) if probe.method == "POST" else None
    if posts is None:
        return
    where = posts["where"]
    place = unquote(where) if where else body.get("id")
    message = body.get("id" if where else "activityId")
    if place and message and answer.status < 300:
        side.posted.append((place, message))
    elif answer.status in (0, 200, 201) and (where or "activity" in (probe.body or {})):
        side.left.append(f"{probe.name}: it may have arrived, and its ID is not known")


async def _delete_all(session: ClientSession, side: Side) -> None:
    for place, message in reversed(side.posted):
        delete = Probe("", "DELETE", "v3/conversations/{place}/activities/{message}")
        path = delete.path_with({"place": place, "message": message})
        answer = await _request(session, side, "DELETE", path)
        if answer.status not in (200, 204, 404):
            shown = answer.status or "no answer"
            side.left.append(f"message {message} in {place}: {shown} when it was to be deleted")
    side.posted.clear()


async def _request(
    session: ClientSession,
    side: Side,
    method: str,
    path: str,
    body: bytes | None = None,
    *,
    signed: bool = True,
) -> Answer:
    headers = {"Content-Type": "application/json"} if body is not None else {}
    if side.token and signed:
        headers["Authorization"] = f"Bearer {side.token}"
    answer = Answer(0)
    for _ in range(ATTEMPTS):
        try:
            async with session.request(
                method,
                f"{side.service_url.rstrip('/')}/{path}",
                data=body,
                headers=headers,
                allow_redirects=False,
            ) as response:
                answer = Answer(
                    response.status, dict(response.headers), _read(await response.read())
                )
        except (ClientError, TimeoutError):
            return Answer(0)
        if answer.status != 429:
            break
        with suppress(ValueError):
            await asyncio.sleep(min(float(response.headers.get("Retry-After", 1)), TIMEOUT))
    return answer


def _read(body: bytes) -> Any:
    if not body:
        return None
    try:
        return read_json(body, lone_surrogates=True)
    except ValueError:
        return NOT_JSON
