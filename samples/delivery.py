"""From the SDK's exceptions to what Teams said, and what to do about it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from azure.core.exceptions import DeserializationError
from botbuilder.core import TurnContext
from botbuilder.schema import Activity, ConversationReference
from msal.exceptions import MsalError
from msrest.exceptions import ClientRequestError, HttpOperationError
from requests import Response
from requests.exceptions import RequestException

from samples.bot import Bot
from samples.facts import refusal

# What sending raises: Teams said no, Teams is out of reach, sign-in is out of reach or said no.
# HttpOperationError is what ErrorResponseException derives from; reading a roster raises it bare.
# DeserializationError hides what came: an answer that is no JSON, say a gateway's page with a 502.
SEND_ERRORS = (
    HttpOperationError,
    ClientRequestError,
    DeserializationError,
    RequestException,
    MsalError,
    PermissionError,
)


@dataclass(frozen=True)
class Failure:
    """Why a message was not sent.

    Attributes:
        status: the HTTP status, or None when nothing answered.
        code: Teams' error code, for example `ForbiddenOperationException`, or empty.
        text: Teams' own words, or the SDK's.
    """

    status: int | None
    code: str
    text: str

    @classmethod
    def of(cls, error: Exception) -> Failure:
        """Read what Teams said out of one of SEND_ERRORS."""
        if not isinstance(error, HttpOperationError):
            return cls(None, "", str(error))
        code, text = _code_and_text(error.response)
        return cls(error.response.status_code, code, text)

    @property
    def action(self) -> str:
        """What a program does about it, by the table of errors: retry, wait, recreate, forget,
        install, fix, move or stop; empty for what the table does not have."""
        known = refusal(self.status or 0, self.code, self.text)
        return known.action if known else ""

    def __str__(self) -> str:
        """One paragraph for a person: what Teams said, and what to do."""
        if self.status is None:
            return (
                f"Not sent. {self.text}\nCheck TEAMS_SERVICE_URL, the network and the credentials."
            )
        said = f"Not sent. Teams answered {f'{self.status} {self.code}'.rstrip()}: {self.text}"
        known = refusal(self.status, self.code, self.text)
        return f"{said}\n{known.remedy}" if known else said


def _code_and_text(response: Response) -> tuple[str, str]:
    """Teams' code and message.

    Usually the body is {"error": {"code", "message"}}; a blocked chat answers
    {"errorCode": 209, "message": "<JSON as a string>"} (facts.toml, MessageWritesBlocked).
    """
    try:
        body = response.json()
        if "errorCode" in body:
            inner = json.loads(body["message"])
            return inner["subCode"], inner["details"]
        return body["error"]["code"], body["error"]["message"]
    except (ValueError, KeyError, TypeError):
        return "", response.text or response.reason


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
