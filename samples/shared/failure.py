"""From the SDK's exceptions to what Teams answered and what to do about it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

from aiohttp import ClientConnectorError, ConnectionTimeoutError
from azure.core.exceptions import DeserializationError
from msal.exceptions import MsalError
from msrest.exceptions import ClientRequestError, HttpOperationError
from requests import Response
from requests.exceptions import RequestException

from samples.facts import Refusal, refusal
from samples.shared.printing import one_line
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

# What to do when a message may have arrived: risk that it arrives twice, or never.
IfUnsure = Literal["send again", "leave"]


@dataclass(frozen=True)
class Failure:
    """Why a message was not sent, or is not known to be sent.

    Attributes:
        status: the HTTP status, or None when nothing answered.
        code: Teams' error code, for example `ForbiddenOperationException`, or empty; when nothing
            answered, one of `[[unanswered]]` in facts.toml.
        text: the error message of Teams, or of the SDK.
        retry_after: how many seconds Teams asks to wait; None when Teams does not say.
        maybe_arrived: True when the message left and its outcome is unknown: after a 5xx, a
            timeout, a lost connection. Send again and it may arrive twice; leave it and it may be
            lost.
    """

    status: int | None
    code: str
    text: str
    retry_after: float | None = None
    maybe_arrived: bool = False

    @classmethod
    def of(cls, error: BaseException) -> Failure:
        """Make a Failure from one of SEND_ERRORS."""
        if isinstance(error, HttpOperationError):
            response = error.response
            wait = _seconds(response.headers.get("Retry-After", ""))
            unsure = response.status_code >= 500
            code, text = map(one_line, _code_and_text(response))
            return cls(response.status_code, code, text, wait, unsure)
        if isinstance(error, MsalError | PermissionError):
            return cls(None, "SignInFailed", one_line(error))
        if isinstance(error, ServiceUrlNotAllowed):
            return cls(None, "ServiceUrlNotAllowed", error.text)
        reason = error.inner_exception if isinstance(error, ClientRequestError) else error
        # The SDK signs in with requests; without a token nothing leaves.
        left = not isinstance(
            reason, ClientConnectorError | ConnectionTimeoutError | RequestException
        )
        return cls(
            None, "AnswerLost" if left else "Unreachable", one_line(error), maybe_arrived=left
        )

    @property
    def action(self) -> str:
        """What a program does about the failure: one of `[actions]` in facts.toml.

        An error missing from the table of errors gets the action `fix`: a person has to look.
        """
        return self._known.action if self._known else "fix"

    @property
    def brief(self) -> str:
        """Status and code, for a line of a report, with the text where the code is not enough."""
        if self.status is None and self.action == "fix":
            return f"{self.code}: {self.text}"
        return f"{self.status or ''} {self.code}".strip()

    def to_send_again(self, if_unsure: IfUnsure) -> bool:
        """Whether the same message may be sent again, after `pause`.

        Args:
            if_unsure: what to do when it may have arrived.
        """
        temporary = self.action in ("retry", "wait")
        return temporary and (if_unsure == "send again" or not self.maybe_arrived)

    def __str__(self) -> str:
        """One paragraph for a person: what Teams answered, and what to do."""
        sent = "Perhaps sent." if self.maybe_arrived else "Not sent."
        source = f" Teams answered {f'{self.status} {self.code}'.rstrip()}:" if self.status else ""
        error_text = f"{sent}{source} {self.text}"
        return f"{error_text}\n{self._known.remedy}" if self._known else error_text

    @property
    def _known(self) -> Refusal | None:
        return refusal(self.status or 0, self.code, self.text)


def _code_and_text(response: Response) -> tuple[str, str]:
    """Teams' code and message.

    Usually the body is {"error": {"code", "message"}}; a blocked chat answers
    {"errorCode": 209, "message": "<JSON as a string>"} (facts.toml, MessageWritesBlocked), and a
    missing or wrong token {"message"}.
    """
    try:
        payload = response.json()
        if "errorCode" in payload:
            inner = json.loads(payload["message"])
            code, text = inner["subCode"], inner["details"]
        elif "error" not in payload:
            code, text = "", payload["message"]
        else:
            code, text = payload["error"]["code"], payload["error"]["message"]
        return str(code or ""), str(text or "")
    except (ValueError, KeyError, TypeError, RecursionError):
        return "", response.text or response.reason


def _seconds(retry_after: str) -> float | None:
    """Read the header Retry-After: a number of seconds, or a date (RFC 9110, 10.2.3)."""
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", retry_after.strip(), re.ASCII):
        return float(retry_after)
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None
