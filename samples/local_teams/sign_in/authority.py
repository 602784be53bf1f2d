"""Sign-in without a tenant: the parts that Entra and the Bot Framework play, on your machine.

A bot asks login.microsoftonline.com for a token and shows it to Teams; Teams shows the bot one of
its own, which the bot checks with the keys at login.botframework.com. Here both hosts are on this
machine, and environment variables alone lead a program there: nothing in it is changed.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import urlsplit

import jwt
import trustme
from aiohttp import web
from aiohttp.typedefs import Handler
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from ...facts import facts
from ..model.exchange import Refused, Request, Response
from ..model.world import Activity, World
from ..server.app import HOST, serving
from ..services.graph.parts import GRAPH, VERSIONS
from ..services.graph.service import unauthorized

LOGIN = "login.microsoftonline.com"
KEYS = "login.botframework.com"
CONNECTOR = "https://api.botframework.com"  # the audience of a bot's tokens, the issuer of Teams'
BOT_FRAMEWORK = ("botframework.com", "d6d49420-f39b-4df7-a1dc-d59a935871db")  # the tenant's names
LIFETIME = 3600  # seconds
_SCOPE_END = "/.default"


class Authority:
    """Gives and checks tokens for one SingleTenant bot. Time is the machine's: the SDKs go by it.

    Attributes:
        password: the client secret that the bot must know.
        asked: the requests to the hosts of `signing_in`, for example
            `POST login.microsoftonline.com/…/oauth2/v2.0/token`, oldest first.
    """

    def __init__(
        self, *, app_id: str, tenant_id: str, password: str = "made-up-for-local-teams"
    ) -> None:
        self.app_id, self.tenant_id, self.password = app_id, tenant_id, password
        self.asked: list[str] = []
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._jwk: dict[str, Any] = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        self._jwk |= {"kid": self._jwk["n"][:27], "use": "sig", "endorsements": ["msteams"]}

    @classmethod
    def of(cls, world: World) -> Self:
        """The authority for a world's bot in the world's tenant."""
        return cls(app_id=world.bot_app_id, tenant_id=world.tenant_id)

    @property
    def keys(self) -> list[dict[str, Any]]:
        """The public keys, as JWKs; `endorsements` names the channels they speak for."""
        return [self._jwk]

    def token(self, **claims: Any) -> str:
        """A signed token (JWT, RS256) that is valid from now on for an hour.

        Args:
            claims: what it says; `exp` and `nbf` too may be given, in seconds since 1970.
        """
        now = int(time.time())
        said = {"iat": now, "nbf": now, "exp": now + LIFETIME, **claims}
        return jwt.encode(said, self._key, "RS256", {"kid": self._jwk["kid"]})

    def bot_token(self, audience: str = CONNECTOR, **claims: Any) -> str:
        """A token as Entra gives it to the bot (facts.toml, connector-authentication).

        Args:
            audience: the service that it is for.
            claims: what is to differ, for a token that the service should refuse.
        """
        return self.token(
            **{
                "aud": audience,
                "iss": f"https://sts.windows.net/{self.tenant_id}/",
                "appid": self.app_id,
                "tid": self.tenant_id,
                "ver": "1.0",
                **claims,
            }
        )

    def sign(self, activity: Activity, **claims: Any) -> str:
        """The Authorization header with which Teams brings the bot an activity.

        Args:
            claims: what is to differ, for a token that the bot should refuse.
        """
        said = {"iss": CONNECTOR, "aud": self.app_id, "serviceurl": activity["serviceUrl"]}
        return f"Bearer {self.token(**{**said, **claims})}"

    def check(self, request: Request) -> Response | None:
        """What the service answers to a request whose token is not the bot's; None if it is.

        A token must be signed here, in time, by the tenant, and for the service that is asked: the
        Connector or Graph. Where it is all that but another app's, the answer is BotNotRegistered
        (facts.toml, errors).
        """
        for_graph = request.path.split("/")[1] in VERSIONS
        headers = {name.lower(): value for name, value in request.headers.items()}
        scheme, _, token = headers.get("authorization", "").partition(" ")
        try:
            claims = jwt.decode(
                token if scheme.lower() == "bearer" else "",
                self._key.public_key(),
                algorithms=["RS256"],
                audience=GRAPH if for_graph else CONNECTOR,
                issuer=f"https://sts.windows.net/{self.tenant_id}/",
                options={"require": ["exp", "nbf"]},
            )
        except jwt.InvalidTokenError:
            if for_graph:
                return unauthorized(request, datetime.now(UTC))
            return _unauthorized("")
        if claims.get("appid") != self.app_id:
            return _unauthorized("BotNotRegistered")
        return None

    def grant(self, tenant: str, form: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """What Entra's token endpoint answers: a status, and a token or why there is none.

        Args:
            tenant: the tenant in the URL.
            form: the request's body; the audience follows its `scope`.
        """
        scope = str(form.get("scope", ""))
        app = str(form.get("client_id", ""))
        if tenant not in (self.tenant_id, *BOT_FRAMEWORK):
            return _no_token("AADSTS90002", tenant=tenant)
        if form.get("grant_type") != "client_credentials":
            return _no_token("AADSTS70003", grant=form.get("grant_type", ""))
        if app != self.app_id or tenant != self.tenant_id:
            directory = "Bot Framework" if tenant in BOT_FRAMEWORK else tenant
            return _no_token("AADSTS700016", app=app, tenant=directory)
        if form.get("client_secret") != self.password:
            return _no_token("AADSTS7000215", app=app)
        if not scope.endswith(_SCOPE_END):
            return _no_token("AADSTS1002012", scope=scope)
        return 200, {
            "token_type": "Bearer",
            "expires_in": LIFETIME,
            "ext_expires_in": LIFETIME,
            "access_token": self.bot_token(scope.removesuffix(_SCOPE_END)),
        }


def _unauthorized(code: str) -> Response:
    """401 as live Teams answers it."""
    body = json.dumps(Refused(401, code).body).encode()
    return Response(401, {"Content-Type": "application/json; charset=utf-8"}, body)


def _no_token(code: str, **values: Any) -> tuple[int, dict[str, Any]]:
    row = next(row for row in facts()["sign_in_errors"] if row["code"] == code)
    return row["status"], {
        "error": row["error"],
        "error_description": f"{code}: {row['text'].format(**values)}",
        "error_codes": [int(code.removeprefix("AADSTS"))],
        "error_uri": f"https://{LOGIN}/error?code={code.removeprefix('AADSTS')}",
    }


# -- where programs look for it --------------------------------------------------------------------


def _entra(authority: Authority) -> web.Application:
    """What login.microsoftonline.com serves to a program that signs in."""
    site = f"https://{LOGIN}"

    async def instance(request: web.Request) -> web.Response:
        return web.json_response(
            {
                "tenant_discovery_endpoint": f"{site}/common/v2.0/.well-known/openid-configuration",
                "metadata": [
                    {"preferred_network": LOGIN, "preferred_cache": LOGIN, "aliases": [LOGIN]}
                ],
            }
        )

    async def discover(request: web.Request) -> web.Response:
        tenant = request.match_info["tenant"]
        if tenant not in (authority.tenant_id, *BOT_FRAMEWORK):
            status, refused = _no_token("AADSTS90002", tenant=tenant)
            return web.json_response(refused, status=status)
        return web.json_response(
            {
                "issuer": f"{site}/{tenant}/v2.0",
                "authorization_endpoint": f"{site}/{tenant}/oauth2/v2.0/authorize",
                "token_endpoint": f"{site}/{tenant}/oauth2/v2.0/token",
                "jwks_uri": f"{site}/{tenant}/discovery/v2.0/keys",
            }
        )

    async def token(request: web.Request) -> web.Response:
        status, answer = authority.grant(request.match_info["tenant"], await request.post())
        return web.json_response(answer, status=status)

    app = web.Application()
    app.router.add_get("/common/discovery/instance", instance)
    app.router.add_get("/{tenant}/v2.0/.well-known/openid-configuration", discover)
    app.router.add_post("/{tenant}/oauth2/v2.0/token", token)
    app.router.add_get("/{tenant}/discovery/v2.0/keys", _answering({"keys": authority.keys}))
    return app


def _bot_framework(authority: Authority) -> web.Application:
    """What login.botframework.com serves to a bot that checks who calls."""
    described = {
        "issuer": CONNECTOR,
        "jwks_uri": f"https://{KEYS}/v1/.well-known/keys",
        "id_token_signing_alg_values_supported": ["RS256"],
    }
    app = web.Application()
    app.router.add_get("/v1/.well-known/openidconfiguration", _answering(described))
    app.router.add_get("/v1/.well-known/keys", _answering({"keys": authority.keys}))
    return app


def _answering(body: dict[str, Any]) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        return web.json_response(body)

    return handler


@contextmanager
def signing_in(
    authority: Authority, *, hosts: Mapping[str, web.Application] | None = None
) -> Iterator[dict[str, str]]:
    """Serve an authority where programs look for Entra and the Bot Framework.

    Gives the environment variables that lead a program there: its credentials, a proxy on this
    machine that knows these hosts and refuses every other, and the certificate authority, made for
    this run, whose certificate they show. `requests`, httpx and aiohttp with `trust_env` read them.

    Args:
        hosts: more hosts to serve, each with its application.
    """
    sites = {LOGIN: _entra(authority), KEYS: _bot_framework(authority), **(hosts or {})}
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trusted = trustme.CA(organization_name="Local Teams")
    trusted.issue_cert(*sites).configure_cert(tls)

    @web.middleware
    async def listed(request: web.Request, handler: Handler) -> web.StreamResponse:
        authority.asked.append(f"{request.method} {request.host}{request.path}")
        return await handler(request)

    app = web.Application(middlewares=[listed])
    for host, site in sites.items():
        app.add_domain(host, site)
    proxy = _Proxy(sites)
    app.cleanup_ctx.append(proxy.run)
    with trusted.cert_pem.tempfile() as certificate, serving(app, tls=tls) as url:
        proxy.leads_to = urlsplit(url).port
        # Some libraries look for the small names first, and a machine may have them set.
        variables = {"HTTPS_PROXY": f"http://{HOST}:{proxy.port}", "NO_PROXY": f"{HOST},localhost"}
        yield {
            "MicrosoftAppId": authority.app_id,
            "MicrosoftAppPassword": authority.password,
            "MicrosoftAppType": "SingleTenant",
            "MicrosoftAppTenantId": authority.tenant_id,
            **variables,
            **{name.lower(): value for name, value in variables.items()},
            "REQUESTS_CA_BUNDLE": certificate,
            "SSL_CERT_FILE": certificate,
        }


class _Proxy:
    """An HTTP proxy for HTTPS: it takes each of its hosts to one port of this machine."""

    def __init__(self, hosts: Mapping[str, Any]) -> None:
        self._hosts = hosts
        self._open: set[asyncio.Task[None]] = set()
        self.port = 0
        self.leads_to: int | None = None

    async def run(self, _: web.Application) -> AsyncIterator[None]:
        """Listen while the application runs, then hang up."""
        server = await asyncio.start_server(self._accept, HOST, 0)
        self.port = server.sockets[0].getsockname()[1]
        yield
        server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._connect(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                method, target = head.split(" ")[:2]
                host = target.partition(":")[0]
                if method != "CONNECT" or host not in self._hosts:
                    known = ", ".join(self._hosts)
                    writer.write(f"HTTP/1.1 403 {host} is none of {known}\r\n\r\n".encode())
                    return
                there = await asyncio.open_connection(HOST, self.leads_to)
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
