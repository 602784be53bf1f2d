"""From the SDK's exceptions to what Teams said, what to do about it, and when to send again."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

from aiohttp import ClientConnectorError, ConnectionTimeoutError
from azure.core.exceptions import DeserializationError
from botbuilder.core import TurnContext
from botbuilder.schema import (
    Activity,
    ChannelAccount,
    ConversationParameters,
    ConversationReference,
)
from botframework.connector import Channels
from msal.exceptions import MsalError
from msrest.exceptions import ClientRequestError, HttpOperationError
from requests import Response
from requests.exceptions import RequestException
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
)

from samples.facts import Refusal, refusal
from samples.shared.bot import Bot
from samples.shared.service_urls import ServiceUrlNotAllowed

# What sending raises: Teams said no, Teams is out of reach, sign-in is out of reach or said no, the
# token may not go to the service URL.
# HttpOperationError is what ErrorResponseException derives from; reading a roster raises it bare.
# DeserializationError is an answer without an error status that is no JSON.
SEND_ERRORS = (
    HttpOperationError,
    ClientRequestError,
    DeserializationError,
    RequestException,
    MsalError,
    PermissionError,
    ServiceUrlNotAllowed,
)

# What to do when a message may have arrived and may not: risk that it arrives twice, or never.
IfUnsure = Literal["send again", "leave"]


@dataclass(frozen=True)
class Failure:
    """Why a message was not sent, or is not known to be sent.

    Attributes:
        status: the HTTP status, or None when nothing answered.
        code: Teams' error code, for example `ForbiddenOperationException`, or empty; when nothing
            answered, one of `[[unanswered]]` in facts.toml.
        text: Teams' own words, or the SDK's.
        retry_after: how many seconds Teams asks to wait; None when it does not say.
        maybe_arrived: True when the message left and nobody knows what became of it: after a 5xx, a
            time-out, a lost connection. Sent again it may arrive twice; left, it may be lost.
    """

    status: int | None
    code: str
    text: str
    retry_after: float | None = None
    maybe_arrived: bool = False

    @classmethod
    def of(cls, error: BaseException) -> Failure:
        """Read what happened out of one of SEND_ERRORS."""
        if isinstance(error, HttpOperationError):
            answer = error.response
            wait = _seconds(answer.headers.get("Retry-After", ""))
            unsure = answer.status_code >= 500
            return cls(answer.status_code, *_code_and_text(answer), wait, unsure)
        if isinstance(error, MsalError | PermissionError):
            return cls(None, "SignInFailed", str(error))
        if isinstance(error, ServiceUrlNotAllowed):
            return cls(None, "ServiceUrlNotAllowed", error.text)
        reason = error.inner_exception if isinstance(error, ClientRequestError) else error
        # requests is what signs in; without a token nothing leaves.
        left = not isinstance(
            reason, ClientConnectorError | ConnectionTimeoutError | RequestException
        )
        return cls(None, "AnswerLost" if left else "Unreachable", str(error), maybe_arrived=left)

    @property
    def action(self) -> str:
        """What a program does about it, by the table of errors: one of `[actions]` in facts.toml.

        What the table does not have is `fix`: a person has to look.
        """
        return self._known.action if self._known else "fix"

    @property
    def brief(self) -> str:
        """Status and code, for a line of a report; and the text where no code says what to fix."""
        if self.status is None and self.action == "fix":
            return f"{self.code}: {self.text}"
        return f"{self.status or ''} {self.code}".strip()

    def to_send_again(self, if_unsure: IfUnsure) -> bool:
        """Whether the same message may be sent again, after `pause`.

        Args:
            if_unsure: what to do when it may have arrived.
        """
        passes = self.action in ("retry", "wait")
        return passes and (if_unsure == "send again" or not self.maybe_arrived)

    def __str__(self) -> str:
        """One paragraph for a person: what Teams said, and what to do."""
        begun = "Perhaps sent." if self.maybe_arrived else "Not sent."
        said = f" Teams answered {f'{self.status} {self.code}'.rstrip()}:" if self.status else ""
        told = f"{begun}{said} {self.text}"
        return f"{told}\n{self._known.remedy}" if self._known else told

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
        body = response.json()
        if "errorCode" in body:
            inner = json.loads(body["message"])
            return inner["subCode"], inner["details"]
        if "error" not in body:
            return "", body["message"]
        return body["error"]["code"], body["error"]["message"]
    except (ValueError, KeyError, TypeError):
        return "", response.text or response.reason


def _seconds(retry_after: str) -> float | None:
    """The header Retry-After, which is a number of seconds or a date (RFC 9110, 10.2.3)."""
    try:
        return max(0.0, float(retry_after))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def pause(failure: Failure, attempt: int, *, longest: float = 60) -> float:
    """How many seconds to wait before the next attempt.

    As long as Teams says, and up to a second more, so that all who wait do not come back at once.
    When it does not say: anything up to 2, 4, 8, … seconds (exponential, with full jitter).

    Args:
        attempt: how many attempts were made, this one included.
        longest: no wait is longer, unless Teams says so.
    """
    if failure.retry_after is not None:
        return failure.retry_after + random.uniform(0, 1)
    return random.uniform(0, min(longest, 2.0**attempt))


def retrying(
    *,
    if_unsure: IfUnsure,
    attempts: int = 5,
    patience: float = 300,
    heard: Callable[[Failure, float], None] = lambda failure, seconds: None,
    sleep: Callable[[float], Awaitable[None]] | None = None,
) -> AsyncRetrying:
    """Sends again what may be sent again: `await retrying(if_unsure="leave")(send, bot, …)`.

    While it waits it holds no thread and no connection.

    Args:
        if_unsure: what to do after an answer that leaves open whether the message arrived: "send
            again", and it may arrive twice, or "leave", and it may be lost.
        attempts: how often it is sent at most.
        patience: no attempt begins later than this after the first, in seconds. Where Teams asks to
            wait longer, the failure says how long.
        heard: told of each failure that is followed by another attempt, and the wait before that.
        sleep: waits; `asyncio.sleep` when None.

    Returns:
        What calls an async function with the arguments it is given, until that succeeds or may not
        be repeated. It raises what the last attempt raised.
    """

    def failure(state: RetryCallState) -> Failure:
        error = state.outcome.exception() if state.outcome else None
        assert error
        return Failure.of(error)

    return AsyncRetrying(
        retry=retry_if_exception(
            lambda error: (
                isinstance(error, SEND_ERRORS) and Failure.of(error).to_send_again(if_unsure)
            )
        ),
        wait=lambda state: pause(failure(state), state.attempt_number),
        stop=stop_after_attempt(attempts) | stop_before_delay(patience),
        before_sleep=lambda state: heard(failure(state), state.upcoming_sleep),
        sleep=sleep or asyncio.sleep,
        reraise=True,
    )


async def send(bot: Bot, reference: ConversationReference, message: str | Activity) -> str:
    """Post in a conversation that the bot knows.

    Args:
        reference: the conversation, as `Conversations` keeps it.
        message: a text, or an activity with more than text.

    Returns:
        The id of the message, for updating or deleting it later.

    Raises:
        SEND_ERRORS: Teams said no or cannot be reached; `Failure.of` reads it.
    """
    ids: list[str] = []

    async def on_turn(turn: TurnContext) -> None:
        ids.append((await turn.send_activity(message)).id)

    await bot.adapter.continue_conversation(reference, on_turn, bot.app_id)
    return ids[0]


async def open_chat(
    bot: Bot, *, service_url: str, tenant_id: str, user_id: str
) -> ConversationReference:
    """Find or create the personal chat with one person. Done twice, it gives the same chat.

    Args:
        service_url: where Teams is, for example `https://smba.trafficmanager.net/teams/`.
        tenant_id: the person's tenant, a GUID.
        user_id: the person: the `29:` id this bot was given, or the Entra object id.

    Raises:
        SEND_ERRORS: Teams said no or cannot be reached; `Failure.of` reads it.
    """
    opened: list[ConversationReference] = []

    async def on_opened(turn: TurnContext) -> None:
        opened.append(TurnContext.get_conversation_reference(turn.activity))

    await bot.adapter.create_conversation(
        bot.app_id,
        on_opened,
        ConversationParameters(
            is_group=False,
            bot=ChannelAccount(id=bot.id),
            members=[ChannelAccount(id=user_id)],
            tenant_id=tenant_id,
            channel_data={"tenant": {"id": tenant_id}},
        ),
        Channels.ms_teams,
        service_url,
    )
    return opened[0]
