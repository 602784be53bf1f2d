"""Message one person, who may never have talked to the bot, with Microsoft 365 Agents SDK."""

import asyncio

from aiohttp import ClientResponseError
from microsoft_agents.activity import Activity, ChannelAccount, ConversationParameters
from microsoft_agents.hosting.core.connector.client import ConnectorClient

from samples.agents_sdk.bot import connect
from samples.shared.settings import optional_setting, setting


async def message_person(
    client: ConnectorClient, *, tenant_id: str, user_id: str, text: str
) -> str:
    """Open the chat with one person, post a message in it, and return the conversation ID."""
    chat = await client.conversations.create_conversation(
        ConversationParameters(
            is_group=False,
            agent=ChannelAccount(id=f"28:{optional_setting('MicrosoftAppId')}"),
            members=[ChannelAccount(id=user_id)],
            tenant_id=tenant_id,
        )
    )
    await client.conversations.send_to_conversation(chat.id, Activity(type="message", text=text))
    return str(chat.id)


async def main() -> None:
    async with connect(setting("TEAMS_SERVICE_URL")) as client:
        try:
            conversation_id = await message_person(
                client,
                tenant_id=setting("TEAMS_TENANT_ID"),
                user_id=setting("TEAMS_USER_ID"),
                text="The report you asked for is ready.",
            )
        except ClientResponseError as error:
            raise SystemExit(f"Not sent. Teams answered {error.status}: {error.message}") from error
    print(f"Sent. Keep this conversation id: {conversation_id}")


if __name__ == "__main__":
    asyncio.run(main())
