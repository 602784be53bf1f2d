"""How Entra checks who a program is: its secret, or an assertion that a certificate or a managed
identity signed."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .extra import from_extra

with from_extra():
    import jwt
    from cryptography.hazmat.primitives.hashes import SHA1, SHA256

if TYPE_CHECKING:
    from cryptography import x509

    from .authority import Authority

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
Refusal = tuple[str, dict[str, Any]]  # a code of [[sign_in_errors]] in facts.toml, and its values


def check_proof(authority: Authority, tenant: str, form: Mapping[str, Any]) -> Refusal | None:
    """Why the proof of identity in a token request is not accepted; None when it is.

    Args:
        tenant: the tenant in the URL.
        form: the request's body.
    """
    app = {"app": authority.app_id}
    assertion = str(form.get("client_assertion", ""))
    if not assertion or form.get("client_assertion_type") != JWT_BEARER:
        return None if form.get("client_secret") == authority.password else ("AADSTS7000215", app)
    try:
        header = jwt.get_unverified_header(assertion)
        claims = jwt.decode(assertion, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return "AADSTS700027", {"thumbprint": ""}
    if claims.get("iss") != authority.app_id:
        return _check_identity(authority, assertion, claims)
    certificate = _registered(authority, header)
    if certificate is None:
        thumbprint = base64.urlsafe_b64decode(f"{_named(header)}==").hex().upper()
        return "AADSTS700027", {"thumbprint": thumbprint}
    endpoint = f"{authority.cloud['login']}/{tenant}/oauth2/v2.0/token"
    return _refused(assertion, certificate.public_key(), ["RS256", "PS256"], audience=endpoint)


def thumbprints(certificate: x509.Certificate) -> set[str]:
    """How an assertion's header may name a certificate: x5t is SHA-1, x5t#S256 is SHA-256."""
    digests = (certificate.fingerprint(SHA1()), certificate.fingerprint(SHA256()))
    return {base64.urlsafe_b64encode(digest).decode().rstrip("=") for digest in digests}


def _named(header: Mapping[str, Any]) -> str:
    return str(header.get("x5t#S256") or header.get("x5t") or "").rstrip("=")


def _registered(authority: Authority, header: Mapping[str, Any]) -> x509.Certificate | None:
    return next(
        (each for each in authority.certificates if _named(header) in thumbprints(each)), None
    )


def _check_identity(
    authority: Authority, assertion: str, claims: Mapping[str, Any]
) -> Refusal | None:
    """The token of a managed identity: issuer, subject and audience as the registration says."""
    issuer = f"{authority.cloud['login']}/{authority.tenant_id}/v2.0"
    subject = claims.get("sub", "")
    if not authority.identity or (claims.get("iss"), subject) != (issuer, authority.identity):
        return "AADSTS700213", {"subject": subject}
    key = jwt.PyJWK(authority.keys[0]).key
    refused = _refused(assertion, key, ["RS256"], audience=authority.cloud["exchange"])
    return refused and ("AADSTS700213", {"subject": subject})


def _refused(token: str, key: Any, algorithms: list[str], *, audience: str) -> Refusal | None:
    try:
        jwt.decode(token, key, algorithms, audience=audience, options={"require": ["exp", "sub"]})
    except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError):
        return "AADSTS700024", {}
    except jwt.InvalidTokenError:
        return "AADSTS700027", {"thumbprint": ""}
    return None
