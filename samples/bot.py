"""Sign in once, keep the connections, and give every sample an adapter to send with."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from botbuilder.integration.aiohttp import (
    CloudAdapter,
    ConfigurationBotFrameworkAuthentication,
    ConfigurationServiceClientCredentialFactory,
)
from botframework.connector.auth import (
    ConnectorFactory,
    ServiceClientCredentialsFactory,
)
from requests.exceptions import RequestException


@dataclass(frozen=True)
class Bot:
    """What every sending function needs: an adapter, and the app id it speaks for."""

    adapter: CloudAdapter
    app_id: str

    @property
    def id(self) -> str:
        """The bot's id in Teams, `28:` and the app id."""
        return f"28:{self.app_id}"


def connect() -> Bot:
    """Sign in with the credentials in the environment.

    Reads MicrosoftAppId, MicrosoftAppPassword, MicrosoftAppTenantId and MicrosoftAppType
    (SingleTenant unless it says MultiTenant or UserAssignedMSI). Without an app id nobody signs
    in, which only Local Teams accepts.

    Raises:
        SystemExit: a variable is missing; the message names it.
    """
    app_id = os.environ.get("MicrosoftAppId", "")
    if not app_id:
        if urlsplit(os.environ.get("TEAMS_SERVICE_URL", "")).hostname not in (
            "127.0.0.1",
            "localhost",
        ):
            setting("MicrosoftAppId")
        return Bot(CloudAdapter(ReusingAuthentication(Settings())), app_id)
    kind = os.environ.get("MicrosoftAppType", "SingleTenant")
    password = "" if kind == "UserAssignedMSI" else setting("MicrosoftAppPassword")
    tenant = "" if kind == "MultiTenant" else setting("MicrosoftAppTenantId")
    return Bot(
        CloudAdapter(ReusingAuthentication(Settings(app_id, password, kind, tenant))),
        app_id,
    )


def setting(name: str) -> str:
    """The value of an environment variable that a sample cannot do without.

    Raises:
        SystemExit: the variable is missing; the message says how to run without a tenant.
    """
    if value := os.environ.get(name):
        return value
    spec = sys.modules["__main__"].__spec__
    sample = spec.name.removeprefix("samples.").removesuffix(".__main__") if spec else "to_person"
    raise SystemExit(
        f"{name} is not set. To run without a tenant: python -m samples.local_teams run {sample}"
    )


@dataclass(frozen=True)
class Settings:
    """Credentials, under the names that the SDK looks for."""

    APP_ID: str = ""
    APP_PASSWORD: str = ""
    APP_TYPE: str = "MultiTenant"
    APP_TENANTID: str = ""


class ReusingAuthentication(ConfigurationBotFrameworkAuthentication):
    """Keeps credentials and clients; the SDK makes new ones, and signs in twice, per message."""

    def __init__(self, settings: Settings) -> None:
        factory = ConfigurationServiceClientCredentialFactory(settings)
        super().__init__(settings, credentials_factory=_KeptCredentials(factory))
        self._kept: dict[tuple[str, str], Any] = {}

    async def authenticate_request(self, activity: Any, auth_header: str) -> Any:
        """Who calls. An expired or forged token gets 401, not the SDK's 500."""
        try:
            return await super().authenticate_request(activity, auth_header)
        except RequestException:
            raise  # the keys are out of reach; the token may be good
        except Exception as error:
            raise PermissionError("Unauthorized") from error  # answered with 401

    def create_connector_factory(self, claims_identity: Any) -> ConnectorFactory:
        key = ("connectors", claims_identity.get_claim_value("aud"))
        if key not in self._kept:
            self._kept[key] = _KeptConnectors(super().create_connector_factory(claims_identity))
        return self._kept[key]

    async def create_user_token_client(self, claims_identity: Any) -> Any:
        key = ("user tokens", claims_identity.get_claim_value("aud"))
        if key not in self._kept:
            self._kept[key] = await super().create_user_token_client(claims_identity)
        return self._kept[key]


class _KeptConnectors(ConnectorFactory):
    def __init__(self, inner: ConnectorFactory) -> None:
        self._inner = inner
        self._kept: dict[tuple[str, str | None], Any] = {}

    async def create(self, service_url: str, audience: str | None = None) -> Any:
        key = (service_url, audience)
        if key not in self._kept:
            self._kept[key] = await self._inner.create(service_url, audience)
        return self._kept[key]


class _KeptCredentials(ServiceClientCredentialsFactory):
    def __init__(self, inner: ServiceClientCredentialsFactory) -> None:
        self._inner = inner
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
