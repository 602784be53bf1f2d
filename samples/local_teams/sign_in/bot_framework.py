"""What login.botframework.com answers to a bot that checks who calls."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web

from .authority import Authority

KEYS = "login.botframework.com"


def bot_framework_app(authority: Authority) -> web.Application:
    """The site of login.botframework.com, with the keys that check what Teams signed."""

    host = urlsplit(authority.cloud["keys"]).hostname

    async def describe(request: web.Request) -> web.Response:
        return web.json_response(
            {
                "issuer": authority.cloud["issuer"],
                "jwks_uri": f"https://{host}/v1/.well-known/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def keys(request: web.Request) -> web.Response:
        return web.json_response({"keys": authority.keys})

    app = web.Application()
    app.router.add_get("/v1/.well-known/openidconfiguration", describe)
    app.router.add_get("/v1/.well-known/keys", keys)
    return app
