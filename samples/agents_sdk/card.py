"""Send one person a card, and choose the text of its notification, with the Agents SDK."""

import asyncio
from typing import Any

from microsoft_agents.activity import Activity
from microsoft_agents.hosting.core import CardFactory

from samples.agents_sdk.bot import Bot, connect
from samples.agents_sdk.failure import SEND_ERRORS, Failure
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
    """Post a card in a conversation that the bot knows, and return the message ID."""
    # No `text`: Teams would make two messages of a text and a card, and return the ID of neither.
    message = Activity(
        type="message",
        summary=summary,
        importance="high",
        attachments=[CardFactory.adaptive_card(content)],
        channel_data={"notification": {"alert": True}},
    )
    chat = bot.conversation(service_url=service_url, conversation_id=conversation_id)
    sent = await bot.app.proactive.send_activity(bot.adapter, chat, message)
    return str(sent.id)


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
