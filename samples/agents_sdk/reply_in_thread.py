"""Start a thread in a channel, and reply in it at once and later, with Microsoft 365 Agents SDK."""

import asyncio

from microsoft_agents.activity import Activity, ChannelAccount, ConversationParameters
from microsoft_agents.hosting.core.app.proactive import CreateConversationOptions

from samples.agents_sdk.bot import Bot, connect
from samples.agents_sdk.failure import SEND_ERRORS, Failure
from samples.shared.settings import setting


async def start_thread(
    bot: Bot, *, service_url: str, channel_id: str, text: str, reply: str
) -> str:
    """Start a thread with one message, post a first reply, and return the first message's ID."""
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
    # The conversation that the SDK returns is the thread, so the reply is in it.
    message = Activity(type="message", text=reply)
    await bot.app.proactive.send_activity(bot.adapter, thread, message)
    return str(thread.conversation_reference.activity_id)


async def reply_in_thread(
    bot: Bot, *, service_url: str, channel_id: str, root_id: str, text: str
) -> str:
    """Reply in an existing thread, whoever started it, and return the message ID."""
    thread_id = f"{channel_id};messageid={root_id}"
    thread = bot.conversation(service_url=service_url, conversation_id=thread_id)
    message = Activity(type="message", text=text)
    sent = await bot.app.proactive.send_activity(bot.adapter, thread, message)
    return str(sent.id)


async def main() -> None:
    bot = connect()
    service_url, channel_id = setting("TEAMS_SERVICE_URL"), setting("TEAMS_CHANNEL_ID")
    try:
        root_id = await start_thread(
            bot,
            service_url=service_url,
            channel_id=channel_id,
            text="Release 1.4.0 is on its way.",
            reply="Step 1 of 2: the database is ready.",
        )
        print(f"Started. Keep the ids of the channel and the first message: {channel_id} {root_id}")
        # The rest needs only these strings, so it may run in another process, days later.
        await reply_in_thread(
            bot,
            service_url=service_url,
            channel_id=channel_id,
            root_id=root_id,
            text="Step 2 of 2: everybody has it.",
        )
    except SEND_ERRORS as error:
        raise SystemExit(str(Failure.of(error))) from error
    print("Replied.")


if __name__ == "__main__":
    asyncio.run(main())
