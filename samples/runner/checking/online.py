"""Check with Entra, the Connector, Graph and the bot's own endpoint."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientError
from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.identity import CredentialUnavailableError

from samples.facts import facts, refusal
from samples.runner.checking.findings import Finding, note, ok, wrong
from samples.shared.clouds import clouds
from samples.shared.credentials import Credentials, credentials_from_environment, token_credential
from samples.shared.service_urls import is_loopback, require_allowed
from samples.shared.settings import GUID, optional_setting
from samples.shared.transport import transport

JSON = {"Content-Type": "application/json"}
# Of no channel, so that a bot that lets everybody in does nothing with it.
ACTIVITY = {
    "type": "event",
    "channelId": "check",
    "serviceUrl": clouds()[0].service_url,
    "conversation": {"id": "check"},
    "recipient": {"id": "check"},
}


async def check_online(endpoint: str = "", *, sign_in: bool = True) -> AsyncIterator[Finding]:
    """Ask for tokens, show one to the Connector, and call the bot. Nothing is sent or stored.

    Args:
        endpoint: the bot's messaging endpoint; not checked when empty.
        sign_in: whether the settings are good enough to sign in with.
    """
    if sign_in:
        async for finding in _signed_in(credentials_from_environment()):
            yield finding
    if endpoint:
        yield await _endpoint(endpoint)
    else:
        yield note("The messaging endpoint was not checked. Name it: check --endpoint https://…")


async def _signed_in(credentials: Credentials) -> AsyncIterator[Finding]:
    token, findings = await _token(credentials, credentials.tenant_id, credentials.cloud.audience)
    for finding in findings:
        yield finding
    if not token:
        return
    yield await _connector(credentials, token)
    several = credentials.APP_TYPE == "MultiTenant"
    tenant_id = optional_setting("TEAMS_TENANT_ID") if several else credentials.tenant_id
    if not tenant_id:
        return
    token, findings = await _token(credentials, tenant_id, credentials.cloud.graph)
    for finding in findings if not token else _roles(claims_of(token)):
        yield finding


async def _token(
    credentials: Credentials, tenant_id: str, audience: str
) -> tuple[str, list[Finding]]:
    what, login = str(urlsplit(audience).hostname), credentials.cloud.login
    try:
        credential = token_credential(credentials, tenant_id, retry_total=0)
        token = (await asyncio.to_thread(credential.get_token, f"{audience}/.default")).token
    except SystemExit as ended:
        return "", [wrong(str(ended))]
    except CredentialUnavailableError as error:
        return "", [
            wrong(
                f"No managed identity answers on this machine ({error.message[:100]}). Run the "
                "check where the bot runs."
            )
        ]
    except (ClientAuthenticationError, ValueError) as error:
        refused = _refused(what, tenant_id, str(error))
        return "", [wrong(refused or _unreachable(login, error))]
    except AzureError as error:
        return "", [wrong(_unreachable(login, error))]
    claims = claims_of(token)
    came_from = str(claims.get("tid", ""))
    if re.fullmatch(GUID, tenant_id, re.IGNORECASE) and came_from.lower() != tenant_id.lower():
        return "", [wrong(f"The token for {what} is of tenant {came_from}, not of {tenant_id}.")]
    return token, [ok(f"Entra gives a token for {what}, of tenant {came_from}.")]


def _refused(what: str, tenant_id: str, error_text: str) -> str:
    """What Entra answered, by its code, and the remedy from facts.toml; empty without a code."""
    if "Unable to get authority configuration" in error_text:
        code = "AADSTS90002"  # the library asks for the tenant's addresses first
    else:
        code = found[0] if (found := re.search(r"AADSTS\d+", error_text)) else ""
    row = next((row for row in facts()["sign_in_errors"] if row["code"] == code), None)
    if row is None:
        return f"Entra gives no token for {what}: {error_text[:300]}" if code else ""
    sentence = re.sub(r" ?'?\{\w+\}'?", "", row["text"]).partition(".")[0]
    return (
        f"Entra gives no token for {what} ({code}: {sentence}; tenant {tenant_id}). {row['remedy']}"
    )


def _unreachable(login: str, error: Exception) -> str:
    return f"{login} cannot be reached: {str(error)[:200]}. Check the network and HTTPS_PROXY."


def claims_of(token: str) -> dict[str, Any]:
    """What a token says, unchecked: it is ours, and whoever gets it checks it."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(f"{payload}=="))
    except (IndexError, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}


def _roles(claims: dict[str, Any]) -> Iterator[Finding]:
    """Which calls of the samples the token allows: a note for each that it does not."""
    roles = set(claims.get("roles", []))
    yield ok(f"Roles in the token for Graph: {', '.join(sorted(roles)) or 'none'}.")
    for row in facts()["graph_permissions"]:
        if roles.isdisjoint(row["roles"]):
            yield note(
                f"{row['call']}: no permission. If you need it, add the application permission "
                f"{row['roles'][0]} and let an administrator consent."
            )


async def _connector(credentials: Credentials, token: str) -> Finding:
    """Whether the Connector knows the bot: ask it to create a conversation with nobody."""
    url = f"{optional_setting('TEAMS_SERVICE_URL').rstrip('/')}/v3/conversations"
    host = urlsplit(url).hostname
    body = {"bot": {"id": f"28:{credentials.APP_ID}"}, "isGroup": False, "members": []}
    try:
        require_allowed(url, signed_in=True)
        headers = JSON | {"Authorization": f"Bearer {token}"}
        status, _, answer = await transport("POST", url, headers, json.dumps(body).encode())
    except (ClientError, TimeoutError, OSError) as error:
        return wrong(f"{host} cannot be reached: {str(error)[:200]}. Check TEAMS_SERVICE_URL.")
    except Exception as error:
        return wrong(f"TEAMS_SERVICE_URL: {error}")
    code, text = _code(answer)
    row = refusal(status, code, text)
    if status in (401, 403):
        said = f"{status} {code}".rstrip()
        return wrong(f"{host} refuses the bot ({said}: {text}) {row.remedy if row else ''}")
    if status >= 500:
        return note(f"{host} answers {status}. Try again later.")
    return ok(f"{host} knows the bot: it answers {f'{status} {code}'.rstrip()}, not 401.")


def _code(answer: bytes) -> tuple[str, str]:
    try:
        payload = json.loads(answer)
        error = payload.get("error", {})
        return str(error.get("code", "")), str(error.get("message") or payload.get("message", ""))
    except (ValueError, AttributeError):
        return "", answer[:200].decode("utf-8", "replace")


async def _endpoint(url: str) -> Finding:
    """Whether the bot answers, and refuses what no token came with."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        return wrong(f"The endpoint is {url[:200]!r}. Teams posts to https URLs only.")
    if is_loopback(url):
        return wrong(f"{url} is this machine. Teams needs a public host: start a tunnel.")
    if parts.path in ("", "/"):
        return wrong(f"{url} has no path. The samples listen at {url.rstrip('/')}/api/messages")
    try:
        status, _, _ = await transport("POST", url, JSON, json.dumps(ACTIVITY).encode())
    except (ClientError, TimeoutError, OSError) as error:
        return wrong(
            f"{url} cannot be reached: {str(error)[:200]}. Start the bot, and the tunnel if you "
            "use one."
        )
    if status in (401, 403):
        return ok(f"{url} answers {status} without a token: the bot listens and checks who calls.")
    if status in (404, 405):
        return wrong(f"{url} answers {status}. The path is wrong: the samples use /api/messages")
    if status < 300:
        return wrong(
            f"{url} answers {status} without a token: anyone can write to the bot. Start it with "
            "MicrosoftAppId set."
        )
    return wrong(f"{url} answers {status}. Read the log of the bot, or of what is before it.")
