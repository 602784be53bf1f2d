"""Check the settings: missing, swapped, of the wrong form, or of another cloud."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from dotenv.parser import parse_stream

from samples.runner.checking.findings import Finding, note, ok, wrong
from samples.shared.clouds import cloud, clouds
from samples.shared.credentials import APP_TYPES
from samples.shared.service_urls import check_environment
from samples.shared.settings import (
    CLI_NAMES,
    GUID,
    VARIABLES,
    Found,
    env_file,
    find_all,
    optional_setting,
)

APP, SECRET, TENANT, TYPE = (
    "MicrosoftAppId",
    "MicrosoftAppPassword",
    "MicrosoftAppTenantId",
    "MicrosoftAppType",
)
CERTIFICATE, IDENTITY = "AZURE_CLIENT_CERTIFICATE_PATH", "MANAGED_IDENTITY_CLIENT_ID"
SERVICE_URL = "TEAMS_SERVICE_URL"
RENEW = timedelta(days=30)  # before a certificate expires
_DOMAIN = r"[\w-]+(\.[\w-]+)+"
_T = TypeVar("_T")


def check_settings() -> Iterator[Finding]:
    """Check the environment and `.env`, without a network."""
    try:
        yield from _file()
        yield from _names()
    except SystemExit as ended:  # the file cannot be read, so nothing in it can be checked
        yield wrong(str(ended))
        return
    yield from _app()
    yield from _proof()
    yield from _service_url()
    yield from _forms()
    yield from _recipient()


def attempted(read: Callable[[], _T]) -> tuple[_T | None, list[Finding]]:
    """What a function of the samples returns, or as a finding why it ends the program."""
    try:
        return read(), []
    except SystemExit as ended:
        return None, [wrong(str(ended))]


def _file() -> Iterator[Finding]:
    path = env_file()
    optional_setting(APP)  # raises if the file cannot be read
    if not path.is_file():
        here = (
            f"There is no .env in {path.parent}" if path.name == ".env" else f"ENV_FILE is {path}"
        )
        yield note(f"{here}: only the environment counts.")
        return
    with path.open(encoding="utf-8-sig") as lines:
        for found in parse_stream(lines):
            if found.error or (found.key and found.value is None):
                text = found.original.string
                line = found.original.line + text[: -len(text.lstrip())].count("\n")
                yield wrong(
                    f"{path.name}, line {line}: {text.strip()[:20]!r}… is not NAME=value. "
                    "Write it so, without a colon and without spaces around the name."
                )


def _names() -> Iterator[Finding]:
    for name, other in CLI_NAMES.items():
        found = find_all(name)
        if len({each.value for each in found}) > 1:
            places = " and ".join(_place(each) for each in found)
            yield wrong(f"{name} has two values: {places}. {found[0].name} counts; remove {other}.")


def _place(found: Found) -> str:
    return f"{found.name} in {found.file.name if found.file else 'the environment'}"


def _value(name: str) -> str:
    found = find_all(name)
    return found[0].value if found else ""


def _app() -> Iterator[Finding]:
    app, tenant, kind = _value(APP), _value(TENANT), _value(TYPE) or APP_TYPES[0]
    if not app:
        yield wrong(
            f"{APP} is not set. Register the bot, for example with: "
            "teams app create --name … --env .env"
        )
    elif not re.fullmatch(GUID, app, re.IGNORECASE):
        yield wrong(f"{APP} is {app[:60]!r}. It must be the application (client) ID, a GUID.")
    elif app.lower() == tenant.lower():
        yield wrong(
            f"{APP} and {TENANT} are the same. The first is the application (client) ID, "
            "the second the directory (tenant) ID."
        )
    else:
        yield ok(f"{APP} is {app} ({_place(find_all(APP)[0])}).")
    if kind.lower() not in map(str.lower, APP_TYPES):
        yield wrong(f"{TYPE} is {kind[:60]!r}. It must be one of {', '.join(APP_TYPES)}.")
    elif kind.lower() == "multitenant":
        yield note(
            f"{TYPE} is MultiTenant, which no new registration can have since 31 July 2025. "
            f"{TENANT} is not used; TEAMS_TENANT_ID says whose Graph to ask."
        )
    elif not tenant:
        yield wrong(f"{TENANT} is not set. Put the ID of the tenant of the app registration there.")
    elif not re.fullmatch(f"{GUID}|{_DOMAIN}", tenant, re.IGNORECASE):
        yield wrong(f"{TENANT} is {tenant[:60]!r}. It must be a tenant ID, a GUID.")
    if kind.lower() == "userassignedmsi":
        yield note(
            f"{TYPE} is UserAssignedMSI, which Microsoft calls legacy. For a new bot, let the app "
            f"registration trust a managed identity: {IDENTITY}."
        )


def _proof() -> Iterator[Finding]:
    """Secret, certificate or managed identity: what is used, and whether it can be right."""
    secret, certificate, identity = _value(SECRET), _value(CERTIFICATE), _value(IDENTITY)
    if _value(TYPE).lower() == "userassignedmsi":
        return
    if certificate:
        yield from _certificate(Path(certificate))
    elif identity and not re.fullmatch(GUID, identity, re.IGNORECASE):
        yield wrong(
            f"{IDENTITY} is {identity[:60]!r}. It must be the client ID, a GUID, of a "
            "user-assigned managed identity: Entra trusts no system-assigned one."
        )
    elif identity and identity.lower() == _value(APP).lower():
        yield wrong(
            f"{IDENTITY} is the bot's own app ID. Put the client ID of the managed identity there, "
            f"or set {TYPE} to UserAssignedMSI, the legacy kind."
        )
    if secret and (certificate or identity):
        yield note(f"{SECRET} is set and not used. Remove it, and delete it in Entra.")
    elif not certificate and not identity:
        yield from _secret(secret)


def _secret(secret: str) -> Iterator[Finding]:
    if not secret:
        yield wrong(
            f"{SECRET} is not set. Put the client secret's value there, or name a certificate in "
            f"{CERTIFICATE} or a managed identity in {IDENTITY}."
        )
    elif re.fullmatch(GUID, secret, re.IGNORECASE):
        same = "the app ID" if secret.lower() == _value(APP).lower() else "the secret's ID"
        yield wrong(
            f"{SECRET} is a GUID: that is {same}. Put the secret's value there, which Entra shows "
            "once, when it is made."
        )
    elif secret[0] in "<…\"'" or secret[-1] in ">…\"'":
        yield wrong(
            f"{SECRET} begins or ends with a quotation mark or a bracket. Put the secret's value "
            "there, and nothing around it."
        )


def _certificate(path: Path) -> Iterator[Finding]:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import pkcs12

    try:
        content = path.read_bytes()
        if path.suffix.lower() in (".pfx", ".p12"):
            password = optional_setting("AZURE_CLIENT_CERTIFICATE_PASSWORD").encode() or None
            certificate = pkcs12.load_pkcs12(content, password).cert
            expires = certificate.certificate.not_valid_after_utc if certificate else None
        else:
            expires = x509.load_pem_x509_certificate(content).not_valid_after_utc
    except (OSError, ValueError) as error:
        yield wrong(
            f"{CERTIFICATE}: {error}. Name a PEM or PKCS#12 file with the certificate and its key."
        )
        return
    if path.suffix.lower() not in (".pfx", ".p12") and b"PRIVATE KEY-----" not in content:
        yield wrong(f"{CERTIFICATE}: {path.name} has no private key. Add the key to the file.")
    elif expires is None or expires <= datetime.now(UTC):
        yield wrong(
            f"{CERTIFICATE}: {path.name} has expired. Make a new certificate and upload it to the "
            "app registration."
        )
    elif expires - datetime.now(UTC) < RENEW:
        yield note(f"{path.name} expires on {expires:%Y-%m-%d}. Upload the next one beside it now.")


def _service_url() -> Iterator[Finding]:
    here, findings = attempted(cloud)
    yield from findings
    if here is None:
        return
    url, findings = attempted(lambda: optional_setting(SERVICE_URL))
    if findings:
        return  # `_forms` names it
    if not url:
        use = here.service_url or "the service URL of an activity"
        yield wrong(f"{SERVICE_URL} is not set. Before an activity has named one, use {use}")
        return
    _, findings = attempted(check_environment)
    yield from findings
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return  # `check_environment` names it
    owners = [each for each in clouds() if urlsplit(each.service_url).hostname == host]
    if owners and here not in owners:
        yield wrong(
            f"{SERVICE_URL} is that of {owners[0].name}, and the cloud is {here.name}. Set CLOUD "
            f"to {owners[0].setting}, or {SERVICE_URL} to {here.service_url}"
        )


def _recipient() -> Iterator[Finding]:
    """What to_person needs besides; a bot that only answers does not."""
    if not _value("TEAMS_TENANT_ID"):
        yield note(
            f"TEAMS_TENANT_ID is not set. To send to a person, put their tenant there: {TENANT}, "
            "unless the bot serves several."
        )
    if not _value("TEAMS_USER_ID"):
        yield note(
            "TEAMS_USER_ID is not set. To send to yourself, put your Entra object ID there: "
            "teams status --verbose, or: az ad signed-in-user show --query id"
        )


def _forms() -> Iterator[Finding]:
    for name in VARIABLES:
        yield from attempted(lambda name=name: optional_setting(name))[1]  # type: ignore[misc]
