"""Start a new thread in a channel, with Microsoft 365 Agents SDK."""

import asyncio

from aiohttp import ClientResponseError
from microsoft_agents.activity import Activity, ChannelAccount, ConversationParameters
from microsoft_agents.hosting.core.connector.client import ConnectorClient

from samples.agents_sdk.bot import connect
from samples.shared.settings import optional_setting, setting


async def start_thread(client: ConnectorClient, *, channel_id: str, text: str) -> tuple[str, str]:
    """Post a message that starts a thread, and return the IDs of the thread and the message."""
    thread = await client.conversations.create_conversation(
        ConversationParameters(
            is_group=True,
            agent=ChannelAccount(id=f"28:{optional_setting('MicrosoftAppId')}"),
            channel_data={"channel": {"id": channel_id}},
            activity=Activity(type="message", text=text),
        )
    )
    return thread.id, thread.activity_id


async def main() -> None:
    async with connect(setting("TEAMS_SERVICE_URL")) as client:
        try:
            thread_id, message_id = await start_thread(
                client,
                channel_id=setting("TEAMS_CHANNEL_ID"),
                text="Release 1.4.0 is out.",
            )
        except ClientResponseError as error:
            raise SystemExit(f"Not sent. Teams answered {error.status}: {error.message}") from error
    print(f"Sent as message {message_id}. Keep this thread: {thread_id}")


if __name__ == "__main__":
    asyncio.run(main())
