"""Send one person a card, and choose the text of its notification, with Teams SDK."""

import asyncio
from typing import Any

from microsoft_teams.api import (
    Attachment,
    ChannelData,
    MessageActivityInput,
    NotificationInfo,
)
from microsoft_teams.apps import App

from samples.shared.settings import setting
from samples.teams_sdk.bot import connect
from samples.teams_sdk.failure import SEND_ERRORS, Failure


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
    app: App, *, conversation_id: str, content: dict[str, Any], summary: str
) -> str:
    """Post a card in a conversation that the bot knows, and return the message ID."""
    # No `text`: Teams would make two messages of a text and a card, and return the ID of neither.
    message = MessageActivityInput(
        summary=summary,
        importance="high",
        attachments=[
            Attachment(content_type="application/vnd.microsoft.card.adaptive", content=content)
        ],
        channel_data=ChannelData(notification=NotificationInfo(alert=True)),
    )
    sent = await app.api.conversations.create_activity(conversation_id, message)
    return str(sent.id)


async def main() -> None:
    try:
        message_id = await send_card(
            connect(),
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
