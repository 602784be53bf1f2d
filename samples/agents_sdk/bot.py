"""Make the SDK's application and adapter, whose clients check each URL before it gets the token."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from aiohttp import (
    ClientHandlerType,
    ClientRequest,
    ClientResponse,
    ClientResponseError,
    ClientSession,
    ClientTimeout,
)
from azure.core.credentials import TokenCredential
from microsoft_agents.activity import ChannelAccount, ConversationAccount, ConversationReference
from microsoft_agents.hosting.aiohttp import CloudAdapter
from microsoft_agents.hosting.core import (
    AccessTokenProviderBase,
    AgentApplication,
    AgentAuthConfiguration,
    ApplicationOptions,
    ClaimsIdentity,
    ConnectionManager,
    MemoryStorage,
    RestChannelServiceClientFactory,
    TeamsConnectorClient,
    TurnContext,
    TurnState,
    UserTokenClient,
)
from microsoft_agents.hosting.core.app.proactive import Conversation, ProactiveOptions

from samples.shared.credentials import Credentials, credentials_from_environment, token_credential
from samples.shared.service_urls import check_environment, require_allowed
from samples.shared.settings import optional_setting


@dataclass(frozen=True)
class Bot:
    """What every sending function needs.

    Attributes:
        app: its `proactive` sends unasked.
        adapter: carries out what `app` does.
        clients: makes the clients of both.
        configuration: of the app's registration.
    """

    app: AgentApplication[TurnState]
    adapter: CloudAdapter
    clients: Clients
    configuration: AgentAuthConfiguration

    @property
    def app_id(self) -> str:
        return self.configuration.CLIENT_ID or ""

    @property
    def id(self) -> str:
        """The bot's ID in Teams: `28:` and the app ID."""
        return f"28:{self.app_id}"

    @property
    def identity(self) -> ClaimsIdentity:
        """As whom the bot sends."""
        return self.adapter.create_claims_identity(self.app_id)

    def conversation(self, *, service_url: str, conversation_id: str) -> Conversation:
        """Make what `proactive` accepts as a conversation that the bot knows."""
        # The SDK's ConversationBuilder demands a user, whom a group chat and a channel do not have.
        reference = ConversationReference(
            channel_id="msteams",
            service_url=service_url,
            agent=ChannelAccount(id=self.id),
            conversation=ConversationAccount(id=conversation_id),
        )
        return Conversation(self.identity, reference)

    @asynccontextmanager
    async def client(self, service_url: str) -> AsyncIterator[TeamsConnectorClient]:
        """Make a client for what `proactive` cannot do: rosters, updates and deletions."""
        client = await self.clients.create_connector_client(None, self.identity, service_url, "")
        try:
            yield client
        finally:
            await client.close()


def connect() -> Bot:
    """Make the bot whose credentials are in the environment.

    Without an app ID the bot does not sign in, which only Local Teams accepts.

    Raises:
        SystemExit: a variable is missing or wrong; the message names it.
    """
    check_environment()
    credentials = credentials_from_environment()
    configuration = AgentAuthConfiguration(
        client_id=credentials.APP_ID,
        tenant_id=credentials.APP_TENANTID,
        anonymous_allowed=not credentials.APP_ID,
        # By default the SDK believes any issuer whose keys it knows.
        validate_issuer=bool(credentials.APP_ID),
    )
    connections = ConnectionManager(
        lambda configuration: Token(configuration, credentials),
        {"SERVICE_CONNECTION": configuration},
    )
    clients = Clients(connections)
    adapter = CloudAdapter(channel_service_client_factory=clients)
    # The SDK's own handler posts the text of an exception in the chat, and ends it there.
    adapter.on_turn_error = None
    options = ApplicationOptions(storage=MemoryStorage(), proactive=ProactiveOptions())
    app = AgentApplication[TurnState](options, connection_manager=connections)
    return Bot(app, adapter, clients, configuration)


class Token(AccessTokenProviderBase):
    """Gets the bot's token, which azure-identity keeps until it expires."""

    def __init__(self, configuration: AgentAuthConfiguration, credentials: Credentials) -> None:
        self._configuration, self._credentials = configuration, credentials

    @property
    def configuration(self) -> AgentAuthConfiguration:
        return self._configuration

    @cached_property
    def _credential(self) -> TokenCredential:
        return token_credential(self._credentials, self._credentials.tenant_id)

    async def get_access_token(
        self, resource_url: str, scopes: list[str], force_refresh: bool = False
    ) -> str:
        if not self._credentials.APP_ID:
            return ""
        scope = f"{self._credentials.cloud.audience}/.default"
        return (await asyncio.to_thread(self._credential.get_token, scope)).token

    def get_token_credential(self) -> Any:
        raise NotImplementedError("For clients of Azure; the bot needs none.")


class Clients(RestChannelServiceClientFactory):
    """Makes the SDK's clients, one per send: they check URLs, wait so long, and keep refusals."""

    async def create_connector_client(
        self,
        context: TurnContext | None,
        claims_identity: ClaimsIdentity,
        service_url: str,
        audience: str,
        scopes: list[str] | None = None,
        use_anonymous: bool = False,
    ) -> TeamsConnectorClient:
        base_url = f"{service_url.rstrip('/')}/"
        require_allowed(base_url, signed_in=bool(optional_setting("MicrosoftAppId")))
        connection = self._connection_manager.get_default_connection()
        session = ClientSession(
            base_url,
            raise_for_status=refuse,
            middlewares=[only_to_teams],
            timeout=ClientTimeout(total=None, sock_connect=30, sock_read=100),
        )
        token = await connection.get_access_token(service_url, [])
        return TeamsConnectorClient(base_url, token, session=session)

    async def create_user_token_client(
        self, context: TurnContext, claims_identity: ClaimsIdentity, use_anonymous: bool = False
    ) -> UserTokenClient:
        # Only for users who sign in to the bot. The SDK would fetch a token for each message.
        app_id = claims_identity.get_app_id() or "none"
        return UserTokenClient(self._token_service_endpoint, "", app_id=app_id)


async def only_to_teams(request: ClientRequest, send: ClientHandlerType) -> ClientResponse:
    """Check the URL of each request, redirects included, before the token is sent to it.

    Raises:
        ServiceUrlNotAllowed: the token may not go to this URL; nothing was sent.
    """
    require_allowed(str(request.url), signed_in=bool(optional_setting("MicrosoftAppId")))
    return await send(request)


async def refuse(answer: ClientResponse) -> None:
    """Raise an error with the body of a refusal; after a create the SDK keeps only the status.

    Raises:
        ClientResponseError: Teams refused; `message` is the body.
    """
    if not answer.ok:
        raise ClientResponseError(
            answer.request_info,
            answer.history,
            status=answer.status,
            message=await answer.text(),
            headers=answer.headers,
        )
