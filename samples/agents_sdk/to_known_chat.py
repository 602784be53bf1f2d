"""Post in a conversation that the bot knows, with Microsoft 365 Agents SDK."""

import asyncio

from microsoft_agents.activity import Activity, ConversationReference
from microsoft_agents.hosting.core.app.proactive import Conversation

from samples.agents_sdk.bot import Bot, connect
from samples.agents_sdk.failure import SEND_ERRORS, Failure
from samples.shared.settings import setting


async def post(bot: Bot, conversation: Conversation, *, text: str) -> str:
    """Post a message in a conversation and return the message ID."""
    message = Activity(type="message", text=text)
    sent = await bot.app.proactive.send_activity(bot.adapter, conversation, message)
    return str(sent.id)


async def main() -> None:
    bot = connect()
    known = bot.conversation(
        service_url=setting("TEAMS_SERVICE_URL"),
        conversation_id=setting("TEAMS_CONVERSATION_ID"),
    )
    # The reference can be stored as JSON; any process can send to it later.
    stored = known.conversation_reference.model_dump_json(by_alias=True, exclude_unset=True)
    print(f"Stored: {stored}")
    reference = ConversationReference.model_validate_json(stored)
    try:
        message_id = await post(
            bot, Conversation(bot.identity, reference), text="Your export is done."
        )
    except SEND_ERRORS as error:
        raise SystemExit(str(Failure.of(error))) from error
    print(f"Sent. Keep this message id: {message_id}")


if __name__ == "__main__":
    asyncio.run(main())
