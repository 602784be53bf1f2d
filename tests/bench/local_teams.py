"""How fast Local Teams answers, beside a handler that answers a constant; and its memory."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import ssl
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from aiohttp import ClientSession, TCPConnector, web

from samples.local_teams.model.contoso import contoso
from samples.local_teams.model.exchange import Request
from samples.local_teams.model.world import World
from samples.local_teams.server.app import make_app
from samples.local_teams.server.serving import serving
from samples.local_teams.services.dispatch import answer

ROUNDS = 5
IN_FLIGHT = 20
PEOPLE = 100_000
MESSAGE = json.dumps({"type": "message", "text": "Hello"}).encode()
HEADERS = {"Content-Type": "application/json; charset=utf-8"}


def constant() -> web.Application:
    """The yardstick: reads the request, and answers the same each time."""

    async def handler(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(status=201, body=b'{"id": "1"}', headers=HEADERS)

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handler)
    return app


async def _posts(url: str, requests: int) -> float:
    """Requests a second that come through from one client with so many in flight."""
    async with ClientSession(connector=TCPConnector(limit=IN_FLIGHT)) as session:
        left = iter(range(requests))

        async def sender() -> None:
            for _ in left:
                async with session.post(url, data=MESSAGE, headers=HEADERS) as result:
                    await result.read()
                    assert result.status == 201

        begin = time.perf_counter()
        await asyncio.gather(*(sender() for _ in range(IN_FLIGHT)))
        return requests / (time.perf_counter() - begin)


def _in_process(world: World, path: str, requests: int) -> float:
    begin = time.perf_counter()
    for _ in range(requests):
        assert answer(world, Request("POST", path, HEADERS, MESSAGE)).status == 201
    return requests / (time.perf_counter() - begin)


def _serve(make: Callable[[], web.Application], chain: str, pipe: Connection) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if chain else None
    if tls:
        tls.load_cert_chain(chain)
    with serving(make(), tls=tls) as url:
        pipe.send(url)
        pipe.recv()  # until the caller says stop


@contextmanager
def in_a_process(make: Callable[[], web.Application], *, tls: str = "") -> Iterator[str]:
    """Serve an application in a process of its own; gives its URL.

    Args:
        tls: the file with the private key and the certificates; plain HTTP when empty.
    """
    here, there = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(make, tls, there))
    process.start()
    try:
        yield here.recv()
    finally:
        here.send("stop")
        process.join()


def teams() -> web.Application:
    return make_app(contoso())


def lines(*, quick: bool = False) -> Iterator[str]:
    """Run it, and tell the results, a line each."""
    requests, people = (500, 10_000) if quick else (3_000, PEOPLE)
    world = contoso()
    path = f"/v3/conversations/{world.personal_chat(world.people[0]).id}/activities"
    with in_a_process(constant) as yardstick, in_a_process(teams) as local:
        rounds = [
            (
                asyncio.run(_posts(f"{yardstick}x", requests)),
                asyncio.run(_posts(f"{local.rstrip('/')}{path}", requests)),
                _in_process(world, path, requests),
            )
            for _ in range(ROUNDS)
        ]
    raw, http, direct = (statistics.median(rates) for rates in zip(*rounds, strict=True))
    ratio = statistics.median(local / constant for constant, local, _ in rounds)
    yield f"  a constant over HTTP (aiohttp)  {raw:8,.0f} requests/s"
    yield f"  Local Teams over HTTP           {http:8,.0f} requests/s, {ratio:.2f} of the constant"
    yield f"  Local Teams in process          {direct:8,.0f} requests/s"
    tracemalloc.start()
    crowd = World()
    for n in range(people):
        crowd.add_person(f"Person {n}")
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    yield f"  {people:,} people in the world    {used / 1e6:8,.0f} MB"


if __name__ == "__main__":
    print(*lines(), sep="\n")
