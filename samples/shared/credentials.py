"""Read the bot's credentials from the environment, and keep the SDK's objects made from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from botbuilder.integration.aiohttp import ConfigurationServiceClientCredentialFactory
from botframework.connector.auth import ServiceClientCredentialsFactory

from samples.shared.service_urls import is_loopback
from samples.shared.settings import optional_setting, setting


@dataclass(frozen=True)
class Credentials:
    """Who the bot signs in as, under the names that the SDK looks for."""

    APP_ID: str = ""
    APP_PASSWORD: str = ""
    APP_TYPE: str = "MultiTenant"
    APP_TENANTID: str = ""


def credentials_from_environment() -> Credentials:
    """Read MicrosoftAppId, MicrosoftAppPassword, MicrosoftAppTenantId and MicrosoftAppType.

    MicrosoftAppType is SingleTenant (the default), MultiTenant or UserAssignedMSI. Without an app
    ID the bot does not sign in, which only Local Teams accepts.

    Raises:
        SystemExit: a variable is missing; the message names it.
    """
    app_id = optional_setting("MicrosoftAppId")
    if not app_id:
        if not is_loopback(optional_setting("TEAMS_SERVICE_URL")):
            setting("MicrosoftAppId")
        return Credentials()
    app_type = optional_setting("MicrosoftAppType", "SingleTenant")
    password = "" if app_type == "UserAssignedMSI" else setting("MicrosoftAppPassword")
    tenant_id = "" if app_type == "MultiTenant" else setting("MicrosoftAppTenantId")
    return Credentials(app_id, password, app_type, tenant_id)


class KeptCredentials(ServiceClientCredentialsFactory):
    """Makes the SDK's credentials once; the SDK makes new ones, and asks for a token, per turn."""

    def __init__(self, credentials: Credentials) -> None:
        self._inner = ConfigurationServiceClientCredentialFactory(credentials)
        self._kept: dict[tuple[Any, ...], Any] = {}

    async def is_valid_app_id(self, app_id: str) -> bool:
        return bool(await self._inner.is_valid_app_id(app_id))

    async def is_authentication_disabled(self) -> bool:
        return bool(await self._inner.is_authentication_disabled())

    async def create_credentials(  # the SDK passes these by position and by name
        self,
        app_id: str,
        oauth_scope: str,
        login_endpoint: str,
        validate_authority: bool,
    ) -> Any:
        key = (app_id, oauth_scope, login_endpoint, validate_authority)
        if key not in self._kept:
            self._kept[key] = await self._inner.create_credentials(*key)
        return self._kept[key]
