"""What bots send to while they are measured: a Connector and a token endpoint, each in a process
of its own."""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from collections.abc import Iterator
from contextlib import (
    ExitStack,
    contextmanager,
)
from functools import partial
from typing import Any
from unittest.mock import patch

import jwt
import trustme
import urllib3.util.connection
from aiohttp import web

from samples.local_teams.model.contoso import contoso
from tests.bench.local_teams import in_a_process

LATENCY = 0.05  # seconds, of the Connector
SIGN_IN = 0.1  # seconds, of the token endpoint
LOGIN = "login.microsoftonline.com"
APP, TENANT = contoso().bot_app_id, contoso().tenant_id


def connector(latency: float) -> web.Application:
    """Answers every request after this many seconds as Teams does a message."""

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        if latency:
            await asyncio.sleep(latency)
        return web.json_response({"id": "1767603600000"}, status=201)

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", answer)
    return app


def entra() -> web.Application:
    """Gives everybody a token, after a while."""

    async def discover(request: web.Request) -> web.Response:
        tenant = f"https://{LOGIN}/{request.match_info['tenant']}"
        return web.json_response(
            {
                "issuer": f"{tenant}/v2.0",
                "authorization_endpoint": f"{tenant}/oauth2/v2.0/authorize",
                "token_endpoint": f"{tenant}/oauth2/v2.0/token",
            }
        )

    async def token(request: web.Request) -> web.Response:
        await asyncio.sleep(SIGN_IN)
        # The Teams SDK reads it, and checks nothing of it but that it can be read.
        made = jwt.encode({"exp": int(time.time()) + 3600}, "k" * 32, "HS256")
        return web.json_response({"token_type": "Bearer", "expires_in": 3600, "access_token": made})

    app = web.Application()
    app.router.add_get("/{tenant}/v2.0/.well-known/openid-configuration", discover)
    app.router.add_post("/{tenant}/oauth2/v2.0/token", token)
    return app


@contextmanager
def signed_in() -> Iterator[str]:
    """The token endpoint and the Connector, over TLS; gives the URL of the Connector."""
    authority = trustme.CA()
    with ExitStack() as stack:
        pem = stack.enter_context(authority.cert_pem.tempfile())
        chain = stack.enter_context(
            authority.issue_cert(LOGIN, "127.0.0.1").private_key_and_cert_chain_pem.tempfile()
        )
        login = stack.enter_context(in_a_process(entra, tls=chain))
        url = stack.enter_context(in_a_process(partial(connector, LATENCY), tls=chain))
        port = int(login.rstrip("/").rpartition(":")[2])
        real = urllib3.util.connection.create_connection

        def here(address: tuple[str, int], *rest: Any, **options: Any) -> Any:
            return real(("127.0.0.1", port) if address[0] == LOGIN else address, *rest, **options)

        stack.enter_context(patch("urllib3.util.connection.create_connection", here))
        variables = {
            "MicrosoftAppId": APP,
            "MicrosoftAppPassword": "secret",
            "MicrosoftAppTenantId": TENANT,
            "REQUESTS_CA_BUNDLE": pem,
            "SSL_CERT_FILE": pem,  # which httpx reads
            "TEAMS_ALLOWED_SERVICE_URLS": url,
        }
        stack.enter_context(patch.dict(os.environ, variables))
        trusting = ssl.create_default_context(cafile=pem)  # aiohttp makes its own when imported
        stack.enter_context(patch("aiohttp.connector._SSL_CONTEXT_VERIFIED", trusting))
        yield url


@contextmanager
def anonymous() -> Iterator[str]:
    """The Connector without latency, sign-in or TLS: what is left is what sending costs here."""
    with in_a_process(partial(connector, 0)) as url:
        unset = {"MicrosoftAppId": "", "TEAMS_SERVICE_URL": url}
        with patch.dict(os.environ, unset):
            yield url
