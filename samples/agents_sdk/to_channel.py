"""Start a new thread in a channel, with Microsoft 365 Agents SDK."""

import asyncio

from microsoft_agents.activity import Activity, ChannelAccount, ConversationParameters
from microsoft_agents.hosting.core.app.proactive import CreateConversationOptions

from samples.agents_sdk.bot import Bot, connect
from samples.agents_sdk.failure import SEND_ERRORS, Failure
from samples.shared.settings import setting


async def start_thread(
    bot: Bot, *, service_url: str, channel_id: str, text: str
) -> tuple[str, str]:
    """Post a message that starts a thread, and return the IDs of the thread and the message."""
    thread = await bot.app.proactive.create_conversation(
        bot.adapter,
        CreateConversationOptions(
            identity=bot.identity,
            channel_id="msteams",
            service_url=service_url,
            parameters=ConversationParameters(
                is_group=True,
                agent=ChannelAccount(id=bot.id),
                channel_data={"channel": {"id": channel_id}},
                activity=Activity(type="message", text=text),
            ),
        ),
    )
    reference = thread.conversation_reference
    return str(reference.conversation.id), str(reference.activity_id)


async def main() -> None:
    try:
        thread_id, message_id = await start_thread(
            connect(),
            service_url=setting("TEAMS_SERVICE_URL"),
            channel_id=setting("TEAMS_CHANNEL_ID"),
            text="Release 1.4.0 is out.",
        )
    except SEND_ERRORS as error:
        raise SystemExit(str(Failure.of(error))) from error
    print(f"Sent as message {message_id}. Keep this thread: {thread_id}")


if __name__ == "__main__":
    asyncio.run(main())
