"""Change a message that the bot posted, and delete another one, with Microsoft 365 Agents SDK."""

import asyncio

from microsoft_agents.activity import Activity

from samples.agents_sdk.bot import Bot, connect
from samples.agents_sdk.failure import SEND_ERRORS, Failure
from samples.shared.settings import setting


async def send(bot: Bot, *, service_url: str, conversation_id: str, text: str) -> str:
    """Post a message in a conversation that the bot knows, and return the message ID."""
    chat = bot.conversation(service_url=service_url, conversation_id=conversation_id)
    message = Activity(type="message", text=text)
    return str((await bot.app.proactive.send_activity(bot.adapter, chat, message)).id)


async def update_message(
    bot: Bot, *, service_url: str, conversation_id: str, message_id: str, text: str
) -> None:
    """Replace a message of this bot, including a card, with another text."""
    # Not in proactive.continue_conversation: it fails without a user in the reference.
    message = Activity(type="message", text=text)
    async with bot.client(service_url) as client:
        await client.conversations.update_activity(conversation_id, message_id, message)


async def delete_message(
    bot: Bot, *, service_url: str, conversation_id: str, message_id: str
) -> None:
    """Delete a message of this bot."""
    async with bot.client(service_url) as client:
        await client.conversations.delete_activity(conversation_id, message_id)


async def main() -> None:
    bot = connect()
    chat = {
        "service_url": setting("TEAMS_SERVICE_URL"),
        "conversation_id": setting("TEAMS_CONVERSATION_ID"),
    }
    try:
        status_id = await send(bot, **chat, text="Your export is running: 10 %.")
        hint_id = await send(bot, **chat, text="This takes about five minutes.")
        print(f"Sent {status_id} and {hint_id}")
        # The rest needs only the IDs, so it may run in another process, days later.
        await update_message(bot, **chat, message_id=status_id, text="Your export is done.")
        await delete_message(bot, **chat, message_id=hint_id)
    except SEND_ERRORS as error:
        raise SystemExit(str(Failure.of(error))) from error
    print(f"Updated {status_id}, deleted {hint_id}")


if __name__ == "__main__":
    asyncio.run(main())
