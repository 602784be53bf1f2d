"""Sign in once, keep the connections, and give every sample an adapter to send with."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication
from botframework.connector.auth import ConnectorFactory
from requests.exceptions import RequestException

from samples.shared.credentials import Credentials, credentials_from_environment
from samples.shared.fast import exclude_imports_from_gc, send_fast
from samples.shared.kept_credentials import KeptCredentials
from samples.shared.service_urls import check_environment, is_allowed
from samples.shared.tenants import is_from_allowed_tenant, tenants_of
from samples.shared.transport import Pipeline

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Bot:
    """What every sending function needs: an adapter, and the bot's app ID."""

    adapter: CloudAdapter
    app_id: str

    @property
    def id(self) -> str:
        """The bot's ID in Teams: `28:` and the app ID."""
        return f"28:{self.app_id}"


def connect(*, fast: bool = False) -> Bot:
    """Sign in with the credentials in the environment: see `credentials_from_environment`.

    Args:
        fast: spend less time per message, for a program that sends to many: see `fast.py`.

    Raises:
        SystemExit: a variable is missing or wrong; the message names it.
    """
    if fast:
        exclude_imports_from_gc()
    check_environment()
    credentials = credentials_from_environment()
    authentication = ReusingAuthentication(credentials, fast=fast)
    return Bot(CloudAdapter(authentication), credentials.APP_ID)


class ReusingAuthentication(ConfigurationBotFrameworkAuthentication):
    """Keeps credentials and clients; the SDK makes new ones, and a new token, per message."""

    def __init__(self, credentials: Credentials, *, fast: bool = False) -> None:
        super().__init__(credentials, credentials_factory=KeptCredentials(credentials))
        self._fast = fast
        self._signs_in = bool(credentials.APP_ID)
        self._kept: dict[tuple[str, str], Any] = {}

    async def authenticate_request(self, activity: Any, auth_header: str) -> Any:
        """Check who calls. An expired or forged token gets 401, not the SDK's 500, and so does a
        tenant that TEAMS_ALLOWED_TENANTS does not name.

        A bot without credentials cannot check the caller, so it accepts only service URLs of Teams
        or on this machine: a stored URL would receive the token once the bot signs in.
        """
        if not self._signs_in and not is_allowed(activity.service_url or "", signed_in=False):
            log.warning("Refused an activity whose service URL is %.200r.", activity.service_url)
            raise PermissionError("Unauthorized")
        try:
            result = await super().authenticate_request(activity, auth_header)
        except RequestException:
            raise  # the keys cannot be fetched; the token may be valid
        except Exception as error:
            raise PermissionError("Unauthorized") from error  # the adapter answers 401
        if not is_from_allowed_tenant(activity):
            log.warning("Refused an activity of the tenants %.200r.", tenants_of(activity))
            raise PermissionError("Unauthorized")
        return result

    def create_connector_factory(self, claims_identity: Any) -> ConnectorFactory:
        key = ("connectors", claims_identity.get_claim_value("aud"))
        if key not in self._kept:
            made = super().create_connector_factory(claims_identity)
            self._kept[key] = _KeptConnectors(made, fast=self._fast)
        return self._kept[key]

    async def create_user_token_client(self, claims_identity: Any) -> Any:
        key = ("user tokens", claims_identity.get_claim_value("aud"))
        if key not in self._kept:
            self._kept[key] = await super().create_user_token_client(claims_identity)
        return self._kept[key]


class _KeptConnectors(ConnectorFactory):
    def __init__(self, inner: ConnectorFactory, *, fast: bool) -> None:
        self._inner, self._fast = inner, fast
        self._kept: dict[tuple[str, str | None], Any] = {}

    async def create(self, service_url: str, audience: str | None = None) -> Any:
        key = (service_url, audience)
        if key not in self._kept:
            client = await self._inner.create(service_url, audience)
            client.config.pipeline = Pipeline(client.config.credentials, client.config.user_agent)
            if self._fast:
                send_fast(client)
            self._kept[key] = client
        return self._kept[key]
