"""Send one person a card, and choose the text of its notification."""

import asyncio
from typing import Any

from botbuilder.core import CardFactory, TurnContext
from botbuilder.schema import (
    Activity,
    ActivityImportance,
    ActivityTypes,
)

from samples.shared.bot import Bot, connect
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.sending import reference_to
from samples.shared.settings import setting


def card(*, title: str, facts: dict[str, str], button: str, url: str) -> dict[str, Any]:
    """An Adaptive Card: a title, a table of facts and one button that opens a page."""
    return {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.5",
        "body": [
            {"type": "TextBlock", "text": title, "weight": "Bolder", "wrap": True},
            {"type": "FactSet", "facts": [{"title": k, "value": v} for k, v in facts.items()]},
        ],
        "actions": [{"type": "Action.OpenUrl", "title": button, "url": url}],
    }


async def send_card(
    bot: Bot, *, service_url: str, conversation_id: str, content: dict[str, Any], summary: str
) -> str:
    """Post a card in a conversation that the bot knows.

    Args:
        bot: sends the message.
        service_url: the address of Teams, for example `https://smba.trafficmanager.net/teams/`.
        conversation_id: of the personal chat, `a:…`, from an activity or from creating the chat.
        content: the card.
        summary: what the notification shows in place of "Sent a card".

    Returns:
        The message ID, for updating or deleting the message later.

    Raises:
        SEND_ERRORS: Teams refused, for example because the person blocked the bot, or cannot be
            reached; see `Failure.of`.
    """
    # No `text`: Teams would make two messages of a text and a card, and return the ID of neither.
    message = Activity(
        type=ActivityTypes.message,
        summary=summary,
        importance=ActivityImportance.high,
        attachments=[CardFactory.adaptive_card(content)],
        channel_data={"notification": {"alert": True}},
    )
    ids: list[str] = []

    async def on_turn(turn: TurnContext) -> None:
        ids.append((await turn.send_activity(message)).id)

    reference = reference_to(bot, service_url=service_url, conversation_id=conversation_id)
    await bot.adapter.continue_conversation(reference, on_turn, bot.app_id)
    return ids[0]


async def main() -> None:
    try:
        message_id = await send_card(
            connect(),
            service_url=setting("TEAMS_SERVICE_URL"),
            conversation_id=setting("TEAMS_CONVERSATION_ID"),
            content=card(
                title="Purchase order 4711 waits for you",
                facts={"From": "Grace Hopper", "Amount": "€ 1,250", "Needed by": "Friday"},
                button="Open the order",
                url="https://contoso.example/orders/4711",
            ),
            summary="Grace Hopper asks you to approve € 1,250 by Friday",
        )
    except SEND_ERRORS as error:
        raise SystemExit(str(Failure.of(error))) from error
    print(f"Sent. Keep this message id: {message_id}")


if __name__ == "__main__":
    asyncio.run(main())
