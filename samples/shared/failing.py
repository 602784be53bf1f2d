"""Why a message was not sent, with any SDK, and what to do about it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import singledispatch
from http.client import responses
from typing import Literal

from samples.facts import Refusal, refusal
from samples.shared.printing import one_line
from samples.shared.service_urls import ServiceUrlNotAllowed

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
        """Make a Failure from an error of an SDK: one of its SEND_ERRORS.

        Raises:
            TypeError: no SDK of this program raises such an error when it sends.
        """
        return read_error(error)

    @classmethod
    def of_response(cls, status: int, headers: Mapping[str, str], body: str) -> Failure:
        """Make a Failure from a response with an error status.

        Args:
            headers: without regard to case, as HTTP clients return them.
        """
        wait = _seconds(headers.get("Retry-After", ""))
        code, text = map(one_line, _code_and_text(status, body))
        return cls(status, code, text, wait, status >= 500)

    @classmethod
    def without_response(cls, error: BaseException, *, left: bool) -> Failure:
        """Make a Failure from an error when nothing answered.

        Args:
            left: whether the request may have left this machine.
        """
        text = one_line(error) or type(error).__name__
        return cls(None, "AnswerLost" if left else "Unreachable", text, maybe_arrived=left)

    @classmethod
    def of_sign_in(cls, error: BaseException) -> Failure:
        """Make a Failure from an error when there is no token; nothing was sent."""
        return cls(None, "SignInFailed", one_line(error))

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


@singledispatch
def read_error(error: BaseException) -> Failure:
    """Read an error by its type. Each SDK registers its own: see failure.py of this folder.

    Raises:
        TypeError: the type of the error is not registered.
    """
    raise TypeError(f"Sending raises no {type(error).__name__}.") from error


@read_error.register
def _(error: ServiceUrlNotAllowed) -> Failure:
    return Failure(None, "ServiceUrlNotAllowed", error.text)


def is_send_error(error: BaseException) -> bool:
    """Whether `Failure.of` can read an error."""
    return read_error.dispatch(type(error)) is not read_error.dispatch(object)


def _code_and_text(status: int, body: str) -> tuple[str, str]:
    """Teams' code and message.

    Usually the body is {"error": {"code", "message"}}; a blocked chat answers
    {"errorCode": 209, "message": "<JSON as a string>"} (facts.toml, MessageWritesBlocked), and a
    missing or wrong token {"message"}.
    """
    try:
        payload = json.loads(body)
        if "errorCode" in payload:
            inner = json.loads(payload["message"])
            code, text = inner["subCode"], inner["details"]
        elif "error" not in payload:
            code, text = "", payload["message"]
        else:
            code, text = payload["error"]["code"], payload["error"]["message"]
        return str(code or ""), str(text or "")
    except (ValueError, KeyError, TypeError, RecursionError):
        return "", body or responses.get(status, "")


def _seconds(retry_after: str) -> float | None:
    """Read the header Retry-After: a number of seconds, or a date (RFC 9110, 10.2.3)."""
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", retry_after.strip(), re.ASCII):
        return float(retry_after)
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None
