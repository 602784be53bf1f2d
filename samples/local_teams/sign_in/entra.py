"""What login.microsoftonline.com answers to a program that signs in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from ...facts import facts
from .assertions import check_proof
from .authority import LIFETIME, Authority

LOGIN = "login.microsoftonline.com"
_BOT_FRAMEWORK = ("botframework.com", "d6d49420-f39b-4df7-a1dc-d59a935871db")  # its tenant's names
_SCOPE_END = "/.default"


def entra_app(authority: Authority) -> web.Application:
    """The site of login.microsoftonline.com, where the authority's bot gets its tokens."""

    async def instance(request: web.Request) -> web.Response:
        return web.json_response(_instance(authority))

    async def discover(request: web.Request) -> web.Response:
        tenant = request.match_info["tenant"]
        if not _is_known(authority, tenant):
            return _json(_no_token("AADSTS90002", {"tenant": tenant}))
        return web.json_response(_endpoints(authority, tenant))

    async def token(request: web.Request) -> web.Response:
        return _json(grant(authority, request.match_info["tenant"], await request.post()))

    async def keys(request: web.Request) -> web.Response:
        return web.json_response({"keys": authority.keys})

    app = web.Application()
    app.router.add_get("/common/discovery/instance", instance)
    app.router.add_get("/{tenant}/v2.0/.well-known/openid-configuration", discover)
    app.router.add_post("/{tenant}/oauth2/v2.0/token", token)
    app.router.add_get("/{tenant}/discovery/v2.0/keys", keys)
    return app


def grant(authority: Authority, tenant: str, form: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
    """What the token endpoint answers: a status, and a token or why there is none.

    Args:
        tenant: the tenant in the URL.
        form: the request's body; the audience follows its `scope`.
    """
    scope = str(form.get("scope", ""))
    app = str(form.get("client_id", ""))
    if not _is_known(authority, tenant):
        return _no_token("AADSTS90002", {"tenant": tenant})
    if form.get("grant_type") != "client_credentials":
        return _no_token("AADSTS70003", {"grant": form.get("grant_type", "")})
    if app != authority.app_id or tenant != authority.tenant_id:
        directory = "Bot Framework" if tenant in _BOT_FRAMEWORK else tenant
        return _no_token("AADSTS700016", {"app": app, "tenant": directory})
    if refused := check_proof(authority, tenant, form):
        return _no_token(*refused)
    if not scope.endswith(_SCOPE_END):
        return _no_token("AADSTS1002012", {"scope": scope})
    return 200, {
        "token_type": "Bearer",
        "expires_in": LIFETIME,
        "ext_expires_in": LIFETIME,
        "access_token": authority.bot_token(scope.removesuffix(_SCOPE_END)),
    }


def _instance(authority: Authority) -> dict[str, Any]:
    site = authority.cloud["login"]
    host = site.removeprefix("https://")
    return {
        "tenant_discovery_endpoint": f"{site}/common/v2.0/.well-known/openid-configuration",
        "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
    }


def _endpoints(authority: Authority, tenant: str) -> dict[str, str]:
    site = authority.cloud["login"]
    return {
        "issuer": f"{site}/{tenant}/v2.0",
        "authorization_endpoint": f"{site}/{tenant}/oauth2/v2.0/authorize",
        "token_endpoint": f"{site}/{tenant}/oauth2/v2.0/token",
        "jwks_uri": f"{site}/{tenant}/discovery/v2.0/keys",
    }


def _is_known(authority: Authority, tenant: str) -> bool:
    return tenant in (authority.tenant_id, *_BOT_FRAMEWORK)


def _no_token(code: str, values: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
    row = next(row for row in facts()["sign_in_errors"] if row["code"] == code)
    return row["status"], {
        "error": row["error"],
        "error_description": f"{code}: {row['text'].format(**values)}",
        "error_codes": [int(code.removeprefix("AADSTS"))],
        "error_uri": f"https://{LOGIN}/error?code={code.removeprefix('AADSTS')}",
    }


def _json(answer: tuple[int, dict[str, Any]]) -> web.Response:
    status, body = answer
    return web.json_response(body, status=status)
