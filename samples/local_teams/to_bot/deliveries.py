"""Where Teams delivers a bot's activities, and how those deliveries fare."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ...facts import facts
from ..model.messages import Activity

_ENDPOINT = re.compile(
    r"https?://(?:(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}|\[[0-9a-f:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}))?/[!-~]+",
    re.IGNORECASE,
)
MESSAGES = "/api/messages"  # the path of a messaging endpoint, as bots have it by convention
BOT = f"http://127.0.0.1:3978{MESSAGES}"  # where a bot listens unless it says otherwise


@dataclass
class Deliveries:
    """Where the bot listens, and how the activities fare on their way to it.

    Attributes:
        url: the messaging endpoint; None while there is no bot.
        duplicates: how many times the bot gets each activity.
        lost: how many of the next deliveries get lost; each is tried again, as Teams does.
        attempts: how many times a delivery is tried when the bot fails or does not answer.
        patience: seconds to wait for an answer.
        sign: gives the Authorization header of an activity; None sends none.
    """

    url: str | None = None
    duplicates: int = 1
    lost: int = 0
    attempts: int = 3
    patience: float = facts()["to_the_bot"]["answer_within_seconds"]
    sign: Callable[[Activity], str] | None = None


def messaging_endpoint(url: str) -> str:
    """The URL of a messaging endpoint, checked.

    Raises:
        ValueError: it is not an http or https URL with a path, as bots have.
    """
    # No user name, no empty label, no character that programs read differently.
    found = _ENDPOINT.fullmatch(url)
    if found is None or int(found["port"] or 1) not in range(1, 65536):
        raise ValueError(f"{url[:200]!r} is not the URL of a messaging endpoint, for example {BOT}")
    return url
