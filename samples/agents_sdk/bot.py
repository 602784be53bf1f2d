"""Sign in and connect to Teams; the SDK's client takes a token and does not ask for one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import (
    ClientHandlerType,
    ClientRequest,
    ClientResponse,
    ClientResponseError,
    ClientSession,
)
from azure.identity import ClientSecretCredential
from microsoft_agents.hosting.core.connector.client import ConnectorClient

from samples.shared.service_urls import check_environment, require_allowed
from samples.shared.settings import optional_setting, setting


@asynccontextmanager
async def connect(service_url: str) -> AsyncIterator[ConnectorClient]:
    """Connect as the bot whose credentials are in the environment, for an hour at most.

    Without an app id nobody signs in, which only Local Teams accepts.
    """
    check_environment()
    token = ""
    if app_id := optional_setting("MicrosoftAppId"):
        tenant_id, secret = setting("MicrosoftAppTenantId"), setting("MicrosoftAppPassword")
        credential = ClientSecretCredential(tenant_id, app_id, secret)
        token = credential.get_token("https://api.botframework.com/.default").token
    base_url = f"{service_url.rstrip('/')}/"
    async with ClientSession(
        base_url, raise_for_status=refuse, middlewares=[only_to_teams]
    ) as session:
        yield ConnectorClient(base_url, token, session=session)


async def only_to_teams(request: ClientRequest, send: ClientHandlerType) -> ClientResponse:
    """Look where each request goes, redirects too, before the token goes there."""
    require_allowed(str(request.url), signed_in=bool(optional_setting("MicrosoftAppId")))
    return await send(request)


async def refuse(answer: ClientResponse) -> None:
    """Raise what Teams says when it says no; of a refused create the SDK keeps the status only."""
    if not answer.ok:
        raise ClientResponseError(
            answer.request_info,
            answer.history,
            status=answer.status,
            message=await answer.text(),
            headers=answer.headers,
        )
