"""Read the bot's credentials from the environment, and sign in with them: to Teams and to Graph."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from samples.shared.clouds import Cloud, cloud
from samples.shared.service_urls import is_loopback
from samples.shared.settings import optional_setting, setting

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

APP_TYPES = ("SingleTenant", "MultiTenant", "UserAssignedMSI")
Kind = Literal["none", "secret", "certificate", "federated identity", "legacy identity"]


@dataclass(frozen=True)
class Credentials:
    """Who the bot signs in as, and where. The SDK looks for the names in capital letters.

    Attributes:
        certificate: the path of a PEM or PKCS#12 file with the certificate and its private key.
        certificate_password: of that file; empty where it has none.
        identity: the client ID of the managed identity that the app registration trusts.
    """

    APP_ID: str = ""
    APP_PASSWORD: str = field(default="", repr=False)
    APP_TYPE: str = "MultiTenant"
    APP_TENANTID: str = ""
    certificate: str = ""
    certificate_password: str = field(default="", repr=False)
    identity: str = ""
    cloud: Cloud = field(default_factory=cloud)

    @property
    def kind(self) -> Kind:
        """What the bot proves its identity with."""
        if not self.APP_ID:
            return "none"
        if self.APP_TYPE == "UserAssignedMSI":
            return "legacy identity"
        if self.certificate:
            return "certificate"
        return "federated identity" if self.identity else "secret"

    @property
    def tenant_id(self) -> str:
        """The tenant in which the bot signs in."""
        return self.APP_TENANTID or self.cloud.tenant

    # Outside the public cloud the SDK has to be given every address; there, it knows them.

    @property
    def TO_CHANNEL_FROM_BOT_LOGIN_URL(self) -> str:
        return self._elsewhere(f"{self.cloud.login}/{self.tenant_id}")

    @property
    def TO_CHANNEL_FROM_BOT_OAUTH_SCOPE(self) -> str:
        return self._elsewhere(self.cloud.audience)

    @property
    def TO_BOT_FROM_CHANNEL_TOKEN_ISSUER(self) -> str:
        return self._elsewhere(self.cloud.issuer)

    @property
    def TO_BOT_FROM_CHANNEL_OPENID_METADATA_URL(self) -> str:
        return self._elsewhere(self.cloud.keys)

    @property
    def OAUTH_URL(self) -> str:
        return self._elsewhere(self.cloud.user_tokens)

    def _elsewhere(self, value: str) -> str:
        return "" if self.cloud.is_public else value


def credentials_from_environment() -> Credentials:
    """Read who the bot signs in as, from the environment or `.env`.

    MicrosoftAppId, MicrosoftAppTenantId and MicrosoftAppPassword, or CLIENT_ID, TENANT_ID and
    CLIENT_SECRET as the Teams CLI writes them. In place of the secret: the certificate at
    AZURE_CLIENT_CERTIFICATE_PATH, or a managed identity in MANAGED_IDENTITY_CLIENT_ID that the app
    registration trusts. MicrosoftAppType is SingleTenant (the default), MultiTenant or
    UserAssignedMSI. CLOUD names a cloud. Without an app ID the bot does not sign in, which only
    Local Teams accepts.

    Raises:
        SystemExit: a variable is missing or wrong; the message names it.
    """
    app_id = optional_setting("MicrosoftAppId")
    if not app_id:
        if not is_loopback(optional_setting("TEAMS_SERVICE_URL")):
            setting("MicrosoftAppId")
        return Credentials()
    return _read(app_id)


def graph_credential() -> TokenCredential:
    """The bot's credential for Microsoft Graph, from the same variables as for Teams.

    Raises:
        SystemExit: a variable is missing or wrong; the message names it.
    """
    credentials = _read(setting("MicrosoftAppId"))
    # The token comes from the tenant where the app is to be installed.
    several = credentials.APP_TYPE == "MultiTenant"
    return token_credential(
        credentials, setting("TEAMS_TENANT_ID") if several else credentials.tenant_id
    )


def token_credential(credentials: Credentials, tenant_id: str, **options: Any) -> TokenCredential:
    """What gets tokens from Entra for these credentials, and keeps each while it is valid.

    Args:
        tenant_id: the tenant that the tokens come from.
        options: of azure-identity, for example `retry_total`.
    """
    from azure.identity import (  # only Graph and what goes without a secret needs it
        CertificateCredential,
        ClientAssertionCredential,
        ClientSecretCredential,
        ManagedIdentityCredential,
    )

    app_id, where = credentials.APP_ID, {"authority": credentials.cloud.login, **options}
    if credentials.kind == "legacy identity":
        return ManagedIdentityCredential(client_id=app_id, **options)
    if credentials.kind == "certificate":
        password = credentials.certificate_password or None
        try:
            return CertificateCredential(
                tenant_id, app_id, credentials.certificate, password=password, **where
            )
        except (OSError, ValueError) as error:
            raise SystemExit(f"AZURE_CLIENT_CERTIFICATE_PATH: {error}") from error
    if credentials.kind == "federated identity":
        identity = ManagedIdentityCredential(client_id=credentials.identity, **options)
        scope = f"{credentials.cloud.exchange}/.default"
        return ClientAssertionCredential(
            tenant_id, app_id, lambda: identity.get_token(scope).token, **where
        )
    return ClientSecretCredential(tenant_id, app_id, credentials.APP_PASSWORD, **where)


def _read(app_id: str) -> Credentials:
    app_type = optional_setting("MicrosoftAppType", "SingleTenant")
    known = next((each for each in APP_TYPES if each.lower() == app_type.lower()), "")
    if not known:
        raise SystemExit(f"MicrosoftAppType is {app_type!r}. It must be {_either(APP_TYPES)}.")
    certificate = optional_setting("AZURE_CLIENT_CERTIFICATE_PATH")
    identity = optional_setting("MANAGED_IDENTITY_CLIENT_ID")
    secretless = known == "UserAssignedMSI" or certificate or identity
    tenant_id = "" if known == "MultiTenant" else setting("MicrosoftAppTenantId")
    return Credentials(
        app_id,
        "" if secretless else setting("MicrosoftAppPassword"),
        known,
        tenant_id,
        certificate,
        optional_setting("AZURE_CLIENT_CERTIFICATE_PASSWORD") if certificate else "",
        identity,
    )


def _either(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"
