"""Carry the SDK's requests with aiohttp: one attempt each, with the token fetched off the loop."""

from __future__ import annotations

import asyncio
import functools
import ssl
import time
from collections.abc import AsyncGenerator, Mapping
from http.client import responses
from typing import Any
from urllib.request import getproxies

import certifi
import requests
from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from msrest.exceptions import ClientRequestError
from msrest.pipeline import Response
from msrest.universal_http import ClientRequest
from msrest.universal_http.async_requests import AsyncRequestsClientResponse
from yarl import URL

from samples.shared.service_urls import require_allowed
from samples.shared.settings import optional_setting


class Pipeline:
    """Sends the SDK's requests. The SDK's own pipeline sends in threads and signs in on the loop.

    One attempt each: retrying.py decides whether to send again.
    """

    def __init__(self, credentials: Any, user_agent: str) -> None:
        self._credentials, self._user_agent = credentials, user_agent
        self._token, self._asked = "", -60.0
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self, request: ClientRequest, **_: Any) -> Response:
        """Send a request of the SDK, whose exceptions carry a response of `requests`."""
        parts = await self.exchange(request.method, request.url, request.headers, request.data)
        return Response(request, AsyncRequestsClientResponse(request, as_requests(*parts)))

    async def exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: str | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Send a request; return the status, headers and body of the response.

        Raises:
            ServiceUrlNotAllowed: the token may not go to this URL; nothing was sent.
            ClientRequestError: no response; its `inner_exception` is what `transport` raised.
        """
        if self._loop is not asyncio.get_running_loop():
            self._loop = asyncio.get_running_loop()
            self._signing_in = asyncio.Lock()
        sent = {**headers, "User-Agent": self._user_agent}
        signed_in = bool(self._credentials.microsoft_app_id)
        require_allowed(url, signed_in=signed_in)
        if signed_in:
            sent["Authorization"] = f"Bearer {await self._current_token()}"
        try:
            return await transport(method, url, sent, body.encode() if body else None)
        except (ClientError, TimeoutError) as error:
            raise ClientRequestError(str(error) or "No answer in time", error) from error

    async def _current_token(self) -> str:
        """Ask MSAL for the token once a minute; MSAL fetches a new one when it is due."""
        async with self._signing_in:
            if time.monotonic() - self._asked >= 60:
                self._token = await asyncio.to_thread(self._credentials.get_access_token)
                self._asked = time.monotonic()
            return self._token


def as_requests(status: int, headers: Mapping[str, str], body: bytes) -> Any:
    """A response as `requests` would have returned it."""
    response: Any = requests.Response()
    response.status_code, response.reason = status, responses.get(status, "")
    response.headers.update(headers)
    response._content, response.encoding = body, "utf-8"
    return response


async def transport(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None
) -> tuple[int, Mapping[str, str], bytes]:
    """Carry a request with aiohttp: no thread, and one connection per request in flight.

    Where there are no sockets, as in a browser, replace this function with one of the same
    signature: `samples.shared.transport.transport = …`.

    Returns:
        The status, the headers and the body of the response.

    Raises:
        ClientConnectorError, ConnectionTimeoutError: nothing was sent.
        ClientError, TimeoutError: the request may or may not have arrived.
    """
    loop = asyncio.get_running_loop()
    if loop not in _sessions:
        generator = _session(loop)
        _sessions[loop] = await anext(generator), generator
    session, _ = _sessions[loop]
    # encoded: the conversation ID stays percent-encoded, as the SDK wrote it. No redirects: only
    # this URL was allowed, and Teams redirects nothing.
    async with session.request(
        method, URL(url, encoded=True), headers=headers, data=body, allow_redirects=False
    ) as response:
        return response.status, response.headers, await response.read()


async def _session(loop: asyncio.AbstractEventLoop) -> AsyncGenerator[ClientSession]:
    """Open a session for all bots; asyncio closes the generator, and so the session, at the end."""
    trusted = trusting(optional_setting("REQUESTS_CA_BUNDLE", certifi.where()))
    async with ClientSession(
        connector=TCPConnector(ssl=trusted),
        cookie_jar=DummyCookieJar(),
        timeout=ClientTimeout(total=None, sock_connect=30, sock_read=100),
        trust_env=bool(getproxies()),  # read once; reading it per request costs most
    ) as session:
        try:
            yield session
        finally:
            del _sessions[loop]


@functools.cache
def trusting(cafile: str) -> ssl.SSLContext:
    """Trust the authorities in a file. Reading it takes a twentieth of a second: once is enough."""
    return ssl.create_default_context(cafile=cafile)


_sessions: dict[asyncio.AbstractEventLoop, tuple[ClientSession, AsyncGenerator[ClientSession]]] = {}
