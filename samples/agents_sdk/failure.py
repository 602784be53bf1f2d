"""From the Agents SDK's exceptions to what Teams answered and what to do about it."""

from __future__ import annotations

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponseError,
    ConnectionTimeoutError,
    ContentTypeError,
)
from azure.core.exceptions import AzureError, ClientAuthenticationError

from samples.shared.failing import Failure as Failure
from samples.shared.failing import read_error
from samples.shared.service_urls import ServiceUrlNotAllowed

# What sending raises: Teams refused or cannot be reached, sign-in failed or cannot be reached, the
# token may not go to the service URL.
SEND_ERRORS = (ClientError, TimeoutError, AzureError, ServiceUrlNotAllowed)


@read_error.register
def _(error: ClientResponseError) -> Failure:
    return Failure.of_response(error.status, error.headers or {}, error.message)


@read_error.register(ClientError)
@read_error.register(ContentTypeError)  # a response without an error status that is not JSON
@read_error.register(TimeoutError)
def _(error: Exception) -> Failure:
    nothing_left = isinstance(error, ClientConnectorError | ConnectionTimeoutError)
    return Failure.without_response(error, left=not nothing_left)


@read_error.register
def _(error: ClientAuthenticationError) -> Failure:
    return Failure.of_sign_in(error)


@read_error.register
def _(error: AzureError) -> Failure:
    return Failure.without_response(error, left=False)  # without a token nothing leaves
