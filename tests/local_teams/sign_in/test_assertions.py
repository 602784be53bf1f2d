"""Assertions that a certificate signs: what Entra checks in them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from samples.local_teams.sign_in.assertions import JWT_BEARER, thumbprints
from samples.local_teams.sign_in.authority import CONNECTOR, Authority
from samples.local_teams.sign_in.entra import LOGIN, grant
from tests.support.signing import self_signed

NOW = int(time.time())
Sign = Callable[..., str]


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, x509.Certificate]:
    """A certificate and its key. Made once: the key takes a while."""
    return self_signed(tmp_path_factory.mktemp("certificate") / "bot.pem")


@pytest.fixture
def sign(authority: Authority, certified: tuple[Path, x509.Certificate]) -> Sign:
    """Makes the assertion of a bot whose certificate is uploaded; claims that differ, by name."""
    path, certificate = certified
    authority.certificates[:] = [certificate]
    key: Any = load_pem_private_key(path.read_bytes(), None)

    def assertion(**claims: Any) -> str:
        usual = {
            "iss": authority.app_id,
            "sub": authority.app_id,
            "aud": f"https://{LOGIN}/{authority.tenant_id}/oauth2/v2.0/token",
            "exp": NOW + 600,
        }
        named = {"x5t": min(thumbprints(certificate), key=len)}
        return jwt.encode(usual | claims, key, "PS256", named)

    return assertion


def asked(authority: Authority, assertion: str) -> tuple[int, str]:
    status, payload = grant(
        authority,
        authority.tenant_id,
        {
            "grant_type": "client_credentials",
            "client_id": authority.app_id,
            "client_assertion_type": JWT_BEARER,
            "client_assertion": assertion,
            "scope": f"{CONNECTOR}/.default",
        },
    )
    return status, str(payload.get("error_description", "")).partition(":")[0]


def test_an_assertion_of_the_uploaded_certificate_gets_a_token(
    authority: Authority, sign: Sign
) -> None:
    assert asked(authority, sign()) == (200, "")


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"exp": NOW - 600}, "AADSTS700024"),
        ({"nbf": NOW + 600}, "AADSTS700024"),
        ({"aud": f"https://{LOGIN}/fabrikam/oauth2/v2.0/token"}, "AADSTS700027"),
        ({"iss": "another-app"}, "AADSTS700213"),
    ],
)
def test_what_the_assertion_says_is_checked(
    authority: Authority, sign: Sign, claims: dict[str, Any], code: str
) -> None:
    assert asked(authority, sign(**claims)) == (401, code)


def test_who_signed_it_is_checked(authority: Authority, sign: Sign) -> None:
    head, payload, signature = sign().split(".")
    forged = signature[:-8] + ("A" * 8 if signature[-8:] != "A" * 8 else "B" * 8)
    assert asked(authority, f"{head}.{payload}.{forged}") == (401, "AADSTS700027")
    assert asked(authority, "no assertion") == (401, "AADSTS700027")
    assertion = sign()
    authority.certificates.clear()
    assert asked(authority, assertion) == (401, "AADSTS700027")
