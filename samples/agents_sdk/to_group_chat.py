"""Post in a group chat that the app was added to, with Microsoft 365 Agents SDK."""

import asyncio

from aiohttp import ClientResponseError
from microsoft_agents.activity import Activity
from microsoft_agents.hosting.core.connector.client import ConnectorClient

from samples.agents_sdk.bot import connect
from samples.shared.settings import setting


async def message_group_chat(client: ConnectorClient, *, chat_id: str, text: str) -> str:
    """Post a message for everyone in a group chat, and return the message ID."""
    message = Activity(type="message", text=text)
    sent = await client.conversations.send_to_conversation(chat_id, message)
    return str(sent.id)


async def main() -> None:
    async with connect(setting("TEAMS_SERVICE_URL")) as client:
        try:
            message_id = await message_group_chat(
                client,
                chat_id=setting("TEAMS_CHAT_ID"),
                text="The launch is on Thursday at 10:00.",
            )
        except ClientResponseError as error:
            raise SystemExit(f"Not sent. Teams answered {error.status}: {error.message}") from error
    print(f"Sent. Keep this message id: {message_id}")


if __name__ == "__main__":
    asyncio.run(main())
