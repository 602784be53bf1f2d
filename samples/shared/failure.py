"""From botbuilder's exceptions to what Teams answered and what to do about it."""

from __future__ import annotations

from aiohttp import ClientConnectorError, ConnectionTimeoutError
from azure.core.exceptions import DeserializationError
from msal.exceptions import MsalError
from msrest.exceptions import ClientRequestError, HttpOperationError
from requests.exceptions import RequestException

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
@read_error.register(DeserializationError)
@read_error.register(RequestException)
def _(error: Exception) -> Failure:
    reason = error.inner_exception if isinstance(error, ClientRequestError) else error
    # The SDK signs in with requests; without a token nothing leaves.
    nothing_left = (ClientConnectorError, ConnectionTimeoutError, RequestException)
    return Failure.without_response(error, left=not isinstance(reason, nothing_left))
