"""Message one person, who may never have talked to the bot, with Microsoft 365 Agents SDK."""

import asyncio

from microsoft_agents.activity import Activity, ChannelAccount, ConversationParameters
from microsoft_agents.hosting.core.app.proactive import CreateConversationOptions

from samples.agents_sdk.bot import Bot, connect
from samples.agents_sdk.failure import SEND_ERRORS, Failure
from samples.shared.settings import setting


async def message_person(
    bot: Bot, *, service_url: str, tenant_id: str, user_id: str, text: str
) -> str:
    """Open the chat with one person, post a message in it, and return the conversation ID."""
    chat = await bot.app.proactive.create_conversation(
        bot.adapter,
        CreateConversationOptions(
            identity=bot.identity,
            channel_id="msteams",
            service_url=service_url,
            parameters=ConversationParameters(
                is_group=False,
                agent=ChannelAccount(id=bot.id),
                members=[ChannelAccount(id=user_id)],
                tenant_id=tenant_id,
            ),
        ),
    )  # no handler: the SDK opens the chat, and then raises AttributeError instead of calling it
    message = Activity(type="message", text=text)
    await bot.app.proactive.send_activity(bot.adapter, chat, message)
    return str(chat.conversation_reference.conversation.id)


async def main() -> None:
    try:
        conversation_id = await message_person(
            connect(),
            service_url=setting("TEAMS_SERVICE_URL"),
            tenant_id=setting("TEAMS_TENANT_ID"),
            user_id=setting("TEAMS_USER_ID"),
            text="The report you asked for is ready.",
        )
    except SEND_ERRORS as error:
        raise SystemExit(str(Failure.of(error))) from error
    print(f"Sent. Keep this conversation id: {conversation_id}")


if __name__ == "__main__":
    asyncio.run(main())
