"""What tests of sign-in share: a program that signs in, and how it checks a signature."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import jwt
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from samples.local_teams.server.serving import serving
from samples.local_teams.sign_in.authority import Authority
from samples.local_teams.testing import LocalTeams
from samples.send.to_person import message_person
from samples.shared.bot import connect

GRAPH = "https://graph.microsoft.com"
PAST = int(time.time()) - 3600


async def hello(strict_teams: LocalTeams) -> None:
    """Write to Ada with what the environment says."""
    with patch.dict(os.environ, TEAMS_ALLOWED_SERVICE_URLS=strict_teams.service_url):
        await message_person(
            connect(),
            service_url=strict_teams.service_url,
            tenant_id=strict_teams.world.tenant_id,
            user_id=strict_teams.world.people[0].id,
            text="Hello",
        )


def self_signed(path: Path, *, days: int = 1) -> tuple[Path, x509.Certificate]:
    """Write a key, and a certificate that it signed itself, to a PEM file.

    Args:
        days: how long the certificate is valid from now on; it begins a day ago.
    """
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Contoso Notifier")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(pem + signed.public_bytes(serialization.Encoding.PEM))
    return path, signed


@contextmanager
def managed_identity(authority: Authority, *, client_id: str, object_id: str) -> Iterator[str]:
    """The endpoint where a program on Azure App Service gets its managed identity's tokens.

    Gives its URL, for IDENTITY_ENDPOINT; IDENTITY_HEADER is `the header`.
    """

    async def token(request: web.Request) -> web.Response:
        assert request.headers["X-IDENTITY-HEADER"] == "the header"
        assert request.query["client_id"] == client_id
        resource = request.query["resource"]
        of_bot = resource == authority.cloud["audience"]
        claims = {
            "iss": f"{authority.cloud['login']}/{authority.tenant_id}/v2.0",
            "sub": object_id,
            "aud": resource,
        }
        return web.json_response(
            {
                "access_token": authority.bot_token() if of_bot else authority.token(**claims),
                "expires_on": str(int(time.time()) + 3600),
                "resource": resource,
                "token_type": "Bearer",
            }
        )

    app = web.Application()
    app.router.add_get("/msi/token", token)
    with serving(app) as url:
        yield f"{url}msi/token"


def signed_by(token: str, keys: list[dict[str, Any]], audience: str) -> dict[str, Any]:
    [key] = [key for key in keys if key["kid"] == jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, Any] = jwt.decode(token, jwt.PyJWK(key), audience=audience)
    return claims
