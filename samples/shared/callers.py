"""Decide which programs may call the bot: by a shared secret, or by a sign-in with Entra ID."""

from __future__ import annotations

import asyncio
import hmac
import re
import ssl
import time
from dataclasses import dataclass, field
from typing import Any, Protocol

import certifi
from aiohttp import web

from samples.shared.settings import optional_setting, setting

LOGIN = "https://login.microsoftonline.com"
SHORTEST = 32  # characters of a secret
ROLE = "Notifications.Send"  # the app role that a caller needs, unless another is named
REFRESH = 60.0  # seconds between two looks for a key that is not known


class CallRefused(Exception):
    """A program called the bot without the right to, or with something that is wrong.

    Attributes:
        status: the HTTP status of the answer.
        may_repeat: whether the same call may be made again: surely nothing was sent.
    """

    def __init__(self, status: int, text: str, *, may_repeat: bool = True) -> None:
        super().__init__(text)
        self.status, self.may_repeat = status, may_repeat

    def response(self) -> web.Response:
        """The answer to the program: JSON with `error`."""
        headers = {"WWW-Authenticate": "Bearer"} if self.status == 401 else {}
        return web.json_response({"error": str(self)}, status=self.status, headers=headers)


class Callers(Protocol):
    """Checks who calls."""

    async def check(self, request: web.Request) -> None:
        """Let a request pass.

        Raises:
            CallRefused: with 401 the token is missing or wrong, with 403 it lacks the role.
        """


def callers_from_environment(prefix: str) -> Callers:
    """Who may call, by <prefix>_AUDIENCE or else <prefix>_TOKEN.

    Args:
        prefix: of the variables, for example NOTIFY.

    Raises:
        SystemExit: neither is set, or the secret is too short; the message says what to do.
    """
    if audience := optional_setting(f"{prefix}_AUDIENCE"):
        role = optional_setting(f"{prefix}_ROLE", ROLE)
        return EntraCallers(setting("TEAMS_TENANT_ID"), audience, role)
    name = f"{prefix}_TOKEN"
    if len(token := setting(name)) < SHORTEST:
        raise SystemExit(
            f"{name} has fewer than {SHORTEST} characters. Make one with: "
            'python -c "import secrets; print(secrets.token_urlsafe(32))"'
        )
    return SharedSecret(token)


@dataclass(frozen=True)
class SharedSecret:
    """Programs that send `Authorization: Bearer <token>` with this token."""

    token: str = field(repr=False)

    async def check(self, request: web.Request) -> None:
        if not has_bearer(request, self.token):
            raise CallRefused(401, "The token is missing or wrong.")


def has_bearer(request: web.Request, token: str) -> bool:
    """Whether a request carries `Authorization: Bearer <token>` with this token."""
    given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
    # `==` stops at the first difference, and its time reveals how much of a guess was right.
    return hmac.compare_digest(given, f"Bearer {token}".encode())


class EntraCallers:
    """Programs that signed in with Entra ID as themselves, and have an app role of this API.

    An administrator grants the role, Entra logs each sign-in, and no secret is shared. What is
    checked: learn.microsoft.com/entra/identity-platform/claims-validation, November 2026.

    Args:
        tenant_id: the only tenant whose tokens are accepted, a GUID.
        audience: the client ID of this API's app registration (in v2.0 tokens), or its application
            ID URI (in v1.0 tokens).
        role: the app role that a caller needs.
    """

    def __init__(self, tenant_id: str, audience: str, role: str) -> None:
        # Imported here: who uses a secret needs none of it.
        from jwt import PyJWKClient

        if not re.fullmatch(r"[0-9a-fA-F-]{36}", tenant_id):
            raise SystemExit(f"TEAMS_TENANT_ID is {tenant_id[:50]!r}. It must be a GUID.")
        self._tenant_id, self._audience, self._role = tenant_id.lower(), audience, role
        trusted = optional_setting("REQUESTS_CA_BUNDLE", certifi.where())
        self._keys = PyJWKClient(
            f"{LOGIN}/{self._tenant_id}/discovery/v2.0/keys",
            cache_jwk_set=False,
            ssl_context=ssl.create_default_context(cafile=trusted),
        )
        self._known: dict[str | None, Any] = {}
        self._looked = -REFRESH

    async def check(self, request: web.Request) -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise CallRefused(401, "The token is missing.")
        claims = await self._claims(token)
        # A token of a person has `scp`; its roles are what that person may do.
        if "scp" in claims or claims.get("idtyp", "app") != "app":
            raise CallRefused(403, "The token is a person's. Sign in as an application.")
        roles = claims.get("roles")
        if not isinstance(roles, list) or self._role not in roles:
            raise CallRefused(403, f"The token lacks the app role {self._role}.")

    async def _claims(self, token: str) -> dict[str, Any]:
        import jwt

        try:
            key = await asyncio.to_thread(self._key, token)
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=["RS256"],
                audience=self._audience,
                issuer=[
                    f"{LOGIN}/{self._tenant_id}/v2.0",
                    f"https://sts.windows.net/{self._tenant_id}/",
                ],
                options={"require": ["exp", "nbf", "aud", "iss", "tid"]},
            )
        except jwt.PyJWKClientConnectionError as error:
            raise CallRefused(503, "The keys of Entra ID cannot be fetched.") from error
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            raise CallRefused(401, f"The token is not valid: {_why(error)}.") from error
        if claims["tid"] != self._tenant_id:
            raise CallRefused(401, "The token is of another tenant.")
        return claims

    def _key(self, token: str) -> Any:
        """The key that signed the token; an unknown one is looked for at most once a minute."""
        import jwt

        kid = jwt.get_unverified_header(token).get("kid")
        if kid not in self._known and time.monotonic() - self._looked >= REFRESH:
            self._looked = time.monotonic()
            self._known = {key.key_id: key for key in self._keys.get_signing_keys(refresh=True)}
        if not self._known:
            raise jwt.PyJWKClientConnectionError("The keys could not be fetched a moment ago.")
        if kid not in self._known:
            raise jwt.InvalidKeyError("An unknown key signed it.")
        return self._known[kid]


def _why(error: BaseException) -> str:
    """What is wrong with a token, without anything of the token."""
    words = re.findall(r"[A-Z][a-z]+", type(error).__name__.removesuffix("Error"))
    return " ".join(words).lower() or "it cannot be read"
