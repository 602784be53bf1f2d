"""A proxy that connects programs with hosts that are served on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import suppress


class Proxy:
    """An HTTP proxy for HTTPS: connects to one port here for each known host, refuses others.

    Args:
        hosts: the known hosts.
        address: the address of this machine where the proxy listens and connects to.

    Attributes:
        port: where it listens; set while it runs.
        target: the port that it connects to.
    """

    def __init__(self, hosts: Collection[str], *, address: str) -> None:
        self._hosts, self._address = hosts, address
        self._connections: set[asyncio.Task[None]] = set()
        self.port = 0
        self.target: int | None = None

    async def run(self, _: object) -> AsyncIterator[None]:
        """Listen until the iteration goes on, then hang up: for an application's cleanup_ctx."""
        server = await asyncio.start_server(self._accept, self._address, 0)
        self.port = server.sockets[0].getsockname()[1]
        yield
        server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._connect(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                method, _, rest = head.partition(" ")
                host = rest.split(" ")[0].partition(":")[0]
                if method != "CONNECT" or host not in self._hosts:
                    known = ", ".join(self._hosts)
                    shown = "".join(filter(str.isprintable, host))[:100]
                    writer.write(f"HTTP/1.1 403 {shown} is none of {known}\r\n\r\n".encode())
                    return
                there = await asyncio.open_connection(self._address, self.target)
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await asyncio.gather(_copy(reader, there[1]), _copy(there[0], writer))
        finally:
            writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()
