"""Sign-in without a tenant: Entra and the Bot Framework, served on this machine.

Environment variables alone lead a program there: nothing in it changes.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from ..sign_in.authority import PUBLIC, Authority
from ..sign_in.bot_framework import bot_framework_app
from ..sign_in.entra import entra_app
from ..sign_in.extra import from_extra
from ..sign_in.proxy import Proxy
from .forwarding import default_hosts, forwarding_app
from .guard import through_proxy
from .serving import HOST, serving
from .variables import signed_in

with from_extra():
    import trustme


@contextmanager
def signing_in(
    authority: Authority,
    *,
    local_teams: str = "",
    hosts: Mapping[str, web.Application] | None = None,
) -> Iterator[dict[str, str]]:
    """Serve an authority where programs look for Entra and the Bot Framework.

    Gives the environment variables that lead a program there: its credentials, a proxy on this
    machine that knows these hosts and refuses every other, and the certificate authority, made for
    this run, that issued their certificate. `requests`, httpx and aiohttp with `trust_env` read
    them.

    Args:
        hosts: more hosts to serve, each with its application.
    """
    login, keys = (urlsplit(authority.cloud[name]).netloc for name in ("login", "keys"))
    services = forwarding_app(local_teams) if local_teams else None
    sites = {
        login: entra_app(authority),
        keys: bot_framework_app(authority),
        **(dict.fromkeys(default_hosts(authority.cloud), services) if services else {}),
        **(hosts or {}),
    }
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issuer = trustme.CA(organization_name="Local Teams")
    issuer.issue_cert(*sites).configure_cert(tls)

    @web.middleware
    async def listed(request: web.Request, handler: Handler) -> web.StreamResponse:
        authority.asked.append(f"{request.method} {request.host}{request.path}")
        through_proxy.set(True)
        try:
            return await handler(request)
        except (ValueError, web.RequestPayloadError):  # a form that is none
            return web.json_response({"error": "invalid_request"}, status=400)

    app = web.Application(middlewares=[listed])
    for host, site in sites.items():
        app.add_domain(host, site)
    proxy = Proxy(sites, address=HOST)
    app.cleanup_ctx.append(proxy.run)
    with issuer.cert_pem.tempfile() as certificate, serving(app, tls=tls) as url:
        proxy.target = urlsplit(url).port
        yield _environment(authority, f"http://{HOST}:{proxy.port}", certificate)


def _environment(authority: Authority, proxy: str, certificate: str) -> dict[str, str]:
    # Some libraries look for the small names first, and a machine may have them set.
    variables = {"HTTPS_PROXY": proxy, "NO_PROXY": f"{HOST},localhost"}
    return {
        **signed_in(authority.app_id, authority.password, authority.tenant_id, certificate),
        **variables,
        **{name.lower(): value for name, value in variables.items()},
        "CLOUD": authority.cloud["setting"] if authority.cloud != PUBLIC else "",
    }
