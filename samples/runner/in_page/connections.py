"""Connections in memory, for aiohttp and for requests, where there is no network."""

from __future__ import annotations

import asyncio
import io
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import requests
from aiohttp import ClientConnectorError, TCPConnector, web
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse
from yarl import URL

from samples.local_teams.model.exchange import Request
from samples.local_teams.server.hub import Hub
from samples.local_teams.server.serving import HOST, PORT

SERVICE_URL = f"http://{HOST}:{PORT}/"


@asynccontextmanager
async def aiohttp_reaches() -> AsyncIterator[tuple[dict[str, web.AppRunner], dict[str, set[Any]]]]:
    """Let aiohttp's clients reach only servers in this process.

    Yields:
        These servers by origin, to be filled by the caller, and the connectors that reached each.
    """
    hosts: dict[str, web.AppRunner] = {}
    reached: dict[str, set[Any]] = defaultdict(set)

    async def connect(connector: Any, request: Any, *_: Any) -> Any:
        origin = str(request.url.origin())
        if origin not in hosts:
            reason = OSError(None, f"the page reaches {' and '.join(hosts)}, not {origin}")
            raise ClientConnectorError(request.connection_key, reason)
        reached[origin].add(connector)
        client, server = connector._factory(), hosts[origin].server
        assert server
        _Wire.join(client, server())
        return client

    before = TCPConnector._create_connection
    TCPConnector._create_connection = connect  # type: ignore[method-assign, assignment]
    try:
        yield hosts, reached
    finally:
        TCPConnector._create_connection = before  # type: ignore[method-assign]
        for connector in set().union(*reached.values()):
            await connector.close()


class _Wire(asyncio.Transport):
    """One end of a connection in memory: what is written here, the other end's protocol reads."""

    def __init__(self, reader: asyncio.Protocol) -> None:
        super().__init__()
        self._reader = reader
        self._loop = asyncio.get_running_loop()
        self._closing = False
        self._other: _Wire = self

    @classmethod
    def join(cls, one: asyncio.Protocol, other: asyncio.Protocol) -> None:
        """Connect two protocols."""
        here, there = cls(other), cls(one)
        here._other, there._other = there, here
        one.connection_made(here)
        other.connection_made(there)

    def write(self, data: bytes | bytearray | memoryview[int]) -> None:
        self._loop.call_soon(self._reader.data_received, bytes(data))

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self._loop.call_soon(self._reader.connection_lost, None)
            self._other.close()

    abort = close


@contextmanager
def requests_reach(hub: Hub) -> Iterator[None]:
    """Let `requests`, which cannot wait for a server in its own thread, call Local Teams itself."""

    def send(
        adapter: HTTPAdapter, request: requests.PreparedRequest, **_: Any
    ) -> requests.Response:
        url = URL(str(request.url), encoded=True)
        if str(url.origin()) != SERVICE_URL.rstrip("/"):
            reason = f"The page reaches {SERVICE_URL}, not {url.origin()}/."
            raise requests.ConnectionError(reason, request=request)
        body = request.body or b""
        asked = Request(
            str(request.method),
            url.raw_path_qs,
            {str(name): str(value) for name, value in request.headers.items()},
            body if isinstance(body, bytes) else str(body).encode(),
        )
        answered = hub.answer(asked)
        time.sleep(answered.delay)
        hub.deliver_pending()
        if answered.dropped:
            raise requests.ConnectionError("The connection was closed.", request=request)
        content = io.BytesIO(answered.body)
        return adapter.build_response(
            request,
            HTTPResponse(content, answered.headers, answered.status, preload_content=False),
        )

    before, HTTPAdapter.send = HTTPAdapter.send, send  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        HTTPAdapter.send = before  # type: ignore[method-assign]
