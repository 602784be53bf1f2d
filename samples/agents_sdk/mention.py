"""Mention one person in a group chat, with Microsoft 365 Agents SDK."""

import asyncio
from html import escape

from microsoft_agents.activity import Activity, ChannelAccount, Mention

from samples.agents_sdk.bot import Bot, connect
from samples.agents_sdk.failure import SEND_ERRORS, Failure
from samples.shared.settings import setting


async def mention_person(
    bot: Bot, *, service_url: str, chat_id: str, user_id: str, text: str
) -> str:
    """Post a message that begins with a mention, and return the message ID."""
    # The roster has the name. For a person who is not in it, this raises before the post.
    async with bot.client(service_url) as client:
        member = await client.conversations.get_conversation_member(chat_id, user_id)
    mention = Mention(
        text=f"<at>{escape(member.name, quote=False)}</at>",
        mentioned=ChannelAccount(id=member.id, name=member.name),
    )
    message = Activity(
        type="message",
        text=f"{mention.text} {text}",  # must contain the text of the entity
        entities=[mention],
    )
    chat = bot.conversation(service_url=service_url, conversation_id=chat_id)
    sent = await bot.app.proactive.send_activity(bot.adapter, chat, message)
    return str(sent.id)


async def main() -> None:
    try:
        message_id = await mention_person(
            connect(),
            service_url=setting("TEAMS_SERVICE_URL"),
            chat_id=setting("TEAMS_CHAT_ID"),
            user_id=setting("TEAMS_USER_ID"),
            text="please check the guest list before noon.",
        )
    except SEND_ERRORS as error:
        raise SystemExit(str(Failure.of(error))) from error
    print(f"Sent. Keep this message id: {message_id}")


if __name__ == "__main__":
    asyncio.run(main())
