"""Change a message that the bot posted, and take another one back."""

import asyncio

from botbuilder.core import MessageFactory, TurnContext
from botbuilder.schema import ChannelAccount, ConversationAccount, ConversationReference
from botframework.connector import Channels

from samples.shared.bot import Bot, connect
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.sending import send
from samples.shared.settings import setting


def reference_to(bot: Bot, *, service_url: str, conversation_id: str) -> ConversationReference:
    """The conversation, from the two strings that were kept of it."""
    return ConversationReference(
        channel_id=Channels.ms_teams,
        service_url=service_url,
        bot=ChannelAccount(id=bot.id),
        conversation=ConversationAccount(id=conversation_id),
    )


async def update_message(
    bot: Bot, reference: ConversationReference, *, message_id: str, text: str
) -> None:
    """Put another text in place of a message of this bot.

    Args:
        bot: who sent it.
        reference: the conversation that it is in.
        message_id: what sending it returned.
        text: the new text; it replaces the whole message, a card included.

    Raises:
        ErrorResponseException: Teams said no, for example because the message is gone.
    """

    async def on_turn(turn: TurnContext) -> None:
        # A new activity each time: the SDK writes the conversation into the one it is given.
        message = MessageFactory.text(text)
        message.id = message_id
        await turn.update_activity(message)

    await bot.adapter.continue_conversation(reference, on_turn, bot.app_id)


async def delete_message(bot: Bot, reference: ConversationReference, *, message_id: str) -> None:
    """Take a message of this bot back.

    Raises:
        ErrorResponseException: Teams said no, for example because the message is gone already.
    """

    async def on_turn(turn: TurnContext) -> None:
        await turn.delete_activity(message_id)

    await bot.adapter.continue_conversation(reference, on_turn, bot.app_id)


async def main() -> None:
    bot = connect()
    reference = reference_to(
        bot,
        service_url=setting("TEAMS_SERVICE_URL"),
        conversation_id=setting("TEAMS_CONVERSATION_ID"),
    )
    try:
        status_id = await send(bot, reference, "Your export is running: 10 %.")
        hint_id = await send(bot, reference, "This takes about five minutes.")
        print(f"Sent {status_id} and {hint_id}")
        # Only the ids are used from here on, so this part may run elsewhere, days later.
        await update_message(bot, reference, message_id=status_id, text="Your export is done.")
        await delete_message(bot, reference, message_id=hint_id)
    except SEND_ERRORS as error:
        raise SystemExit(str(Failure.of(error))) from error
    print(f"Updated {status_id}, deleted {hint_id}")


if __name__ == "__main__":
    asyncio.run(main())
