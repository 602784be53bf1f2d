"""From the Teams SDK's exceptions to what Teams answered and what to do about it."""

from __future__ import annotations

from httpx import (
    ConnectError,
    ConnectTimeout,
    HTTPStatusError,
    PoolTimeout,
    TransportError,
    UnsupportedProtocol,
)
from requests.exceptions import RequestException

from samples.shared.failing import Failure as Failure
from samples.shared.failing import read_error
from samples.shared.service_urls import ServiceUrlNotAllowed
from samples.teams_sdk.bot import SignInFailed

# What sending raises: Teams refused or cannot be reached, sign-in failed or cannot be reached, the
# token may not go to the service URL. The SDK signs in with requests, and sends with httpx.
SEND_ERRORS = (
    HTTPStatusError,
    TransportError,
    RequestException,
    SignInFailed,
    ServiceUrlNotAllowed,
)


@read_error.register
def _(error: HTTPStatusError) -> Failure:
    response = error.response
    return Failure.of_response(response.status_code, response.headers, response.text)


@read_error.register
def _(error: TransportError) -> Failure:
    nothing_left = (ConnectError, ConnectTimeout, PoolTimeout, UnsupportedProtocol)
    return Failure.without_response(error, left=not isinstance(error, nothing_left))


@read_error.register
def _(error: RequestException) -> Failure:
    return Failure.without_response(error, left=False)  # without a token nothing leaves


@read_error.register
def _(error: SignInFailed) -> Failure:
    return Failure.of_sign_in(error)
