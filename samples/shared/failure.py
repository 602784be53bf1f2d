"""From botbuilder's exceptions to what Teams answered and what to do about it."""

from __future__ import annotations

from aiohttp import ClientConnectorError, ConnectionTimeoutError
from azure.core.exceptions import DeserializationError
from msal.exceptions import MsalError
from msrest.exceptions import ClientRequestError, HttpOperationError
from requests.exceptions import ConnectionError as RequestsConnectionError
from requests.exceptions import ConnectTimeout, RequestException
from urllib3.exceptions import NewConnectionError

from samples.shared.failing import Failure as Failure
from samples.shared.failing import IfUnsure as IfUnsure
from samples.shared.failing import read_error
from samples.shared.service_urls import ServiceUrlNotAllowed

# What sending raises: Teams refused or cannot be reached, sign-in failed or cannot be reached, the
# token may not go to the service URL.
# ErrorResponseException derives from HttpOperationError; reading a roster raises the latter.
# DeserializationError is a response without an error status that is not JSON.
SEND_ERRORS = (
    HttpOperationError,
    ClientRequestError,
    DeserializationError,
    RequestException,
    MsalError,
    PermissionError,
    ServiceUrlNotAllowed,
)


@read_error.register
def _(error: HttpOperationError) -> Failure:
    response = error.response
    return Failure.of_response(response.status_code, response.headers, response.text)


@read_error.register(MsalError)
@read_error.register(PermissionError)
def _(error: Exception) -> Failure:
    return Failure.of_sign_in(error)


@read_error.register(ClientRequestError)
def _(error: ClientRequestError) -> Failure:
    return Failure.without_response(error, left=not _never_connected(error.inner_exception))


@read_error.register(DeserializationError)
def _(error: DeserializationError) -> Failure:
    return Failure.without_response(error, left=True)


@read_error.register(RequestException)
def _(error: RequestException) -> Failure:
    # The SDK signs in with requests; without a token nothing leaves.
    return Failure.without_response(error, left=False)


def _never_connected(reason: object) -> bool:
    """Whether a request cannot have left: with aiohttp, or as the SDK answers in a turn."""
    if isinstance(reason, ClientConnectorError | ConnectionTimeoutError | ConnectTimeout):
        return True
    refused = (
        reason.args[0] if isinstance(reason, RequestsConnectionError) and reason.args else None
    )
    return isinstance(getattr(refused, "reason", None), NewConnectionError)
