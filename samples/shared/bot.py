"""Sign in once, keep the connections, and give every sample an adapter to send with."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import ssl
import time
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from http.client import responses
from typing import Any
from urllib.parse import quote
from urllib.request import getproxies

import certifi
import requests
from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from botbuilder.integration.aiohttp import (
    CloudAdapter,
    ConfigurationBotFrameworkAuthentication,
    ConfigurationServiceClientCredentialFactory,
)
from botbuilder.schema import ErrorResponseException
from botframework.connector.aio.operations_async import ConversationsOperations
from botframework.connector.auth import (
    ConnectorFactory,
    ServiceClientCredentialsFactory,
)
from msrest.exceptions import ClientRequestError
from msrest.pipeline import Response
from msrest.serialization import Serializer
from msrest.universal_http import ClientRequest
from msrest.universal_http.async_requests import AsyncRequestsClientResponse
from requests.exceptions import RequestException
from yarl import URL

from samples.shared.service_urls import check_environment, is_allowed, is_loopback, require_allowed
from samples.shared.settings import optional_setting
from samples.shared.settings import setting as setting  # samples take it from here

log = logging.getLogger(__name__)
JSON = {"Accept": "application/json", "Content-Type": "application/json; charset=utf-8"}


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
        SystemExit: a variable is missing or wrong; the message names it.
    """
    if not gc.get_freeze_count():
        gc.freeze()  # what is imported stays; to look through it for garbage would stop the loop
    app_id = optional_setting("MicrosoftAppId")
    check_environment()
    if not app_id:
        if not is_loopback(optional_setting("TEAMS_SERVICE_URL")):
            setting("MicrosoftAppId")
        return Bot(CloudAdapter(ReusingAuthentication(Settings())), app_id)
    kind = optional_setting("MicrosoftAppType", "SingleTenant")
    password = "" if kind == "UserAssignedMSI" else setting("MicrosoftAppPassword")
    tenant = "" if kind == "MultiTenant" else setting("MicrosoftAppTenantId")
    return Bot(
        CloudAdapter(ReusingAuthentication(Settings(app_id, password, kind, tenant))),
        app_id,
    )


@dataclass(frozen=True)
class Settings:
    """Credentials, under the names that the SDK looks for."""

    APP_ID: str = ""
    APP_PASSWORD: str = ""
    APP_TYPE: str = "MultiTenant"
    APP_TENANTID: str = ""


class ReusingAuthentication(ConfigurationBotFrameworkAuthentication):
    """Keeps credentials and clients; the SDK makes new ones, and a new token, per message."""

    def __init__(self, settings: Settings) -> None:
        factory = ConfigurationServiceClientCredentialFactory(settings)
        super().__init__(settings, credentials_factory=_KeptCredentials(factory))
        self._signs_in = bool(settings.APP_ID)
        self._kept: dict[tuple[str, str], Any] = {}

    async def authenticate_request(self, activity: Any, auth_header: str) -> Any:
        """Who calls. An expired or forged token gets 401, not the SDK's 500.

        A bot without credentials cannot check who calls, so it accepts only what names a service
        URL of Teams or on this machine: what it stored would get the token once the bot signs in.
        """
        if not self._signs_in and not is_allowed(activity.service_url or "", signed_in=False):
            log.warning("Refused an activity whose service URL is %.200r.", activity.service_url)
            raise PermissionError("Unauthorized")
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
            client = await self._inner.create(service_url, audience)
            client.config.pipeline = Pipeline(client.config.credentials, client.config.user_agent)
            client.conversations = QuickConversations(
                client._client,
                client.config,
                QuickSerializer(client._serialize.dependencies),
                client._deserialize,
            )
            self._kept[key] = client
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


class Pipeline:
    """Sends what the SDK makes. The SDK's own sends from threads, and signs in on the loop.

    One attempt each: whether to send again is the business of delivery.py.
    """

    def __init__(self, credentials: Any, user_agent: str) -> None:
        self._credentials, self._user_agent = credentials, user_agent
        self._token, self._asked = "", -60.0
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self, request: ClientRequest, **_: Any) -> Response:
        """What the SDK calls; its exceptions carry an answer of requests."""
        answered = await self.exchange(request.method, request.url, request.headers, request.data)
        return Response(request, AsyncRequestsClientResponse(request, as_requests(*answered)))

    async def exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: str | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        if self._loop is not asyncio.get_running_loop():
            self._loop = asyncio.get_running_loop()
            self._signing_in = asyncio.Lock()
        sent = {**headers, "User-Agent": self._user_agent}
        signed_in = bool(self._credentials.microsoft_app_id)
        require_allowed(url, signed_in=signed_in)
        if signed_in:
            sent["Authorization"] = f"Bearer {await self._token_of_now()}"
        try:
            return await transport(method, url, sent, body.encode() if body else None)
        except (ClientError, TimeoutError) as error:
            raise ClientRequestError(str(error) or "No answer in time", error) from error

    async def _token_of_now(self) -> str:
        """The token; MSAL is asked for it once a minute, and gets a new one when it is time to."""
        async with self._signing_in:
            if time.monotonic() - self._asked >= 60:
                self._token = await asyncio.to_thread(self._credentials.get_access_token)
                self._asked = time.monotonic()
            return self._token


def as_requests(status: int, headers: Mapping[str, str], body: bytes) -> Any:
    answer: Any = requests.Response()
    answer.status_code, answer.reason = status, responses.get(status, "")
    answer.headers.update(headers)
    answer._content, answer.encoding = body, "utf-8"
    return answer


async def transport(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None
) -> tuple[int, Mapping[str, str], bytes]:
    """Carry a request with aiohttp: no thread, and a connection for each that is under way.

    Where there are no sockets, as in a browser, put another function of this shape in its place:
    `samples.shared.bot.transport = …`.

    Returns:
        The status, the headers and the body of the answer.

    Raises:
        ClientConnectorError, ConnectionTimeoutError: nothing was sent.
        ClientError, TimeoutError: nobody knows what became of it.
    """
    loop = asyncio.get_running_loop()
    if loop not in _sessions:
        generator = _session(loop)
        _sessions[loop] = await anext(generator), generator
    session, _ = _sessions[loop]
    # encoded: the id of a conversation stays percent-encoded, as the SDK has it. No redirects: what
    # was allowed is this URL, and Teams redirects nothing.
    async with session.request(
        method, URL(url, encoded=True), headers=headers, data=body, allow_redirects=False
    ) as answer:
        return answer.status, answer.headers, await answer.read()


async def _session(loop: asyncio.AbstractEventLoop) -> AsyncGenerator[ClientSession]:
    """A session for all bots; asyncio ends it with the loop, as it does every such generator."""
    trusted = optional_setting("REQUESTS_CA_BUNDLE", certifi.where())
    async with ClientSession(
        connector=TCPConnector(ssl=ssl.create_default_context(cafile=trusted)),
        cookie_jar=DummyCookieJar(),
        timeout=ClientTimeout(total=None, sock_connect=30, sock_read=100),
        trust_env=bool(getproxies()),  # asked each time, that would cost more than all the rest
    ) as session:
        try:
            yield session
        finally:
            del _sessions[loop]


_sessions: dict[asyncio.AbstractEventLoop, tuple[ClientSession, AsyncGenerator[ClientSession]]] = {}


class QuickSerializer(Serializer):
    """Makes JSON of the fields that are set; the SDK's copies, checks and converts every field."""

    def body(self, data: Any, data_type: str, **how: Any) -> Any:
        if isinstance(data, dict):
            return super().body(data, data_type, **how)
        return self._serialize(data)

    def _serialize(self, target_obj: Any, data_type: str | None = None, **_: Any) -> Any:
        fields = target_obj._attribute_map
        return {
            field["key"]: value
            if field["type"] == "str" and type(value) is str
            else self.serialize_data(value, field["type"])
            for name, value in vars(target_obj).items()
            if value is not None and (field := fields.get(name))
        }


class QuickConversations(ConversationsOperations):
    """Posts messages directly; the SDK parses and joins the URL of each more than once."""

    async def send_to_conversation(self, conversation_id: str, activity: Any, **_: Any) -> Any:
        return await self._post(conversation_id, "", activity, {})

    async def reply_to_activity(
        self, conversation_id: str, activity_id: str, activity: Any, **_: Any
    ) -> Any:
        header = {"x-ms-conversation-id": conversation_id}
        rest = f"/{quote(activity_id, safe='')}"
        return await self._post(conversation_id, rest, activity, header)

    async def _post(self, to: str, rest: str, activity: Any, header: dict[str, str]) -> Any:
        url = f"{self.config.base_url.rstrip('/')}/v3/conversations/{quote(to, safe='')}/activities"
        body = json.dumps(self._serialize.body(activity, "Activity"))
        answered = await self.config.pipeline.exchange("POST", url + rest, JSON | header, body)
        if answered[0] not in (200, 201, 202):
            raise ErrorResponseException(self._deserialize, as_requests(*answered))
        return answered[2] and self._deserialize("ResourceResponse", answered[2], JSON["Accept"])
