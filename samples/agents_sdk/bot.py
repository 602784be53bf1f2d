"""Sign in and connect to Teams; the SDK's client needs a token and does not fetch one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import (
    ClientHandlerType,
    ClientRequest,
    ClientResponse,
    ClientResponseError,
    ClientSession,
)
from microsoft_agents.hosting.core.connector.client import ConnectorClient

from samples.shared.credentials import credentials_from_environment, token_credential
from samples.shared.service_urls import check_environment, require_allowed
from samples.shared.settings import optional_setting


@asynccontextmanager
async def connect(service_url: str) -> AsyncIterator[ConnectorClient]:
    """Connect as the bot whose credentials are in the environment.

    The token is fetched once and expires after about an hour. Without an app ID the bot does not
    sign in, which only Local Teams accepts.

    Raises:
        SystemExit: a variable is missing or wrong; the message names it.
    """
    check_environment()
    token = ""
    if (credentials := credentials_from_environment()).APP_ID:
        credential = token_credential(credentials, credentials.tenant_id)
        token = credential.get_token(f"{credentials.cloud.audience}/.default").token
    base_url = f"{service_url.rstrip('/')}/"
    async with ClientSession(
        base_url, raise_for_status=refuse, middlewares=[only_to_teams]
    ) as session:
        yield ConnectorClient(base_url, token, session=session)


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
