"""Post in a group chat that the app was added to, with Microsoft 365 Agents SDK."""

import asyncio

from microsoft_agents.activity import Activity

from samples.agents_sdk.bot import Bot, connect
from samples.agents_sdk.failure import SEND_ERRORS, Failure
from samples.shared.settings import setting


async def message_group_chat(bot: Bot, *, service_url: str, chat_id: str, text: str) -> str:
    """Post a message for everyone in a group chat, and return the message ID."""
    chat = bot.conversation(service_url=service_url, conversation_id=chat_id)
    message = Activity(type="message", text=text)
    sent = await bot.app.proactive.send_activity(bot.adapter, chat, message)
    return str(sent.id)


async def main() -> None:
    try:
        message_id = await message_group_chat(
            connect(),
            service_url=setting("TEAMS_SERVICE_URL"),
            chat_id=setting("TEAMS_CHAT_ID"),
            text="The launch is on Thursday at 10:00.",
        )
    except SEND_ERRORS as error:
        raise SystemExit(str(Failure.of(error))) from error
    print(f"Sent. Keep this message id: {message_id}")


if __name__ == "__main__":
    asyncio.run(main())
