"""botbuilder's credentials, made once from those of the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botbuilder.integration.aiohttp import ConfigurationServiceClientCredentialFactory
from botframework.connector.auth import AppCredentials, ServiceClientCredentialsFactory

from samples.shared.credentials import Credentials, token_credential

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential


class KeptCredentials(ServiceClientCredentialsFactory):
    """Makes the SDK's credentials once; the SDK makes new ones, and asks for a token, per turn."""

    def __init__(self, credentials: Credentials) -> None:
        secret = credentials.kind in ("secret", "none")
        self._inner = (
            ConfigurationServiceClientCredentialFactory(credentials)
            if secret
            else _TokenCredentialFactory(credentials)
        )
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


class _TokenCredentialFactory(ServiceClientCredentialsFactory):
    """Certificates and managed identities, with one library for Teams and Graph.

    The SDK's own factories want a certificate's thumbprint, and know no federated identity.
    """

    def __init__(self, credentials: Credentials) -> None:
        self._app_id = credentials.APP_ID
        self._credential = token_credential(credentials, credentials.tenant_id)

    async def is_valid_app_id(self, app_id: str) -> bool:
        return app_id == self._app_id

    async def is_authentication_disabled(self) -> bool:
        return False

    async def create_credentials(self, app_id: str, oauth_scope: str, *_: Any) -> Any:
        if app_id != self._app_id:
            raise PermissionError(f"{app_id} is not this bot's app ID.")
        return _TokenCredentials(self._credential, app_id, oauth_scope)


class _TokenCredentials(AppCredentials):
    def __init__(self, credential: TokenCredential, app_id: str, scope: str) -> None:
        super().__init__(app_id=app_id, oauth_scope=scope)
        self._credential = credential

    def get_access_token(self, force_refresh: bool = False) -> str:
        """A token, which the credential keeps while it is valid.

        Raises:
            PermissionError: Entra refuses.
        """
        from azure.core.exceptions import ClientAuthenticationError

        scope = f"{self.oauth_scope.removesuffix('/.default')}/.default"
        try:
            return self._credential.get_token(scope).token
        except ClientAuthenticationError as error:
            raise PermissionError(error.message) from error
