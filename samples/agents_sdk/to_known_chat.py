"""Post in a conversation that the bot knows, with Microsoft 365 Agents SDK."""

import asyncio

from aiohttp import ClientResponseError
from microsoft_agents.activity import (
    Activity,
    ChannelAccount,
    ConversationAccount,
    ConversationReference,
)

from samples.agents_sdk.bot import connect
from samples.shared.settings import optional_setting, setting


async def post(reference: ConversationReference, *, text: str) -> str:
    """Post a message in a conversation and return the message ID."""
    async with connect(reference.service_url) as client:
        message = Activity(type="message", text=text)
        sent = await client.conversations.send_to_conversation(reference.conversation.id, message)
    return str(sent.id)


async def main() -> None:
    reference = ConversationReference(
        channel_id="msteams",
        service_url=setting("TEAMS_SERVICE_URL"),
        agent=ChannelAccount(id=f"28:{optional_setting('MicrosoftAppId')}"),
        conversation=ConversationAccount(id=setting("TEAMS_CONVERSATION_ID")),
    )
    stored = reference.model_dump_json(by_alias=True, exclude_unset=True)
    print(f"Stored: {stored}")
    reference = ConversationReference.model_validate_json(stored)
    try:
        message_id = await post(reference, text="Your export is done.")
    except ClientResponseError as error:
        raise SystemExit(f"Not sent. Teams answered {error.status}: {error.message}") from error
    print(f"Sent. Keep this message id: {message_id}")


if __name__ == "__main__":
    asyncio.run(main())
