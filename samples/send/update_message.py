"""Change a message that the bot posted, and delete another one."""

import asyncio

from botbuilder.core import MessageFactory, TurnContext
from botbuilder.schema import ConversationReference

from samples.shared.bot import Bot, connect
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.sending import reference_to, send
from samples.shared.settings import setting


async def update_message(
    bot: Bot, reference: ConversationReference, *, message_id: str, text: str
) -> None:
    """Replace a message of this bot with another text.

    Args:
        bot: sent the message.
        reference: the conversation of the message.
        message_id: the result of sending it.
        text: the new text. It replaces the whole message, including a card.

    Raises:
        SEND_ERRORS: Teams refused, for example because the message is gone, or cannot be reached;
            see `Failure.of`.
    """

    async def on_turn(turn: TurnContext) -> None:
        # A new activity per call: the SDK writes the conversation into it.
        message = MessageFactory.text(text)
        message.id = message_id
        await turn.update_activity(message)

    await bot.adapter.continue_conversation(reference, on_turn, bot.app_id)


async def delete_message(bot: Bot, reference: ConversationReference, *, message_id: str) -> None:
    """Delete a message of this bot.

    Raises:
        SEND_ERRORS: Teams refused, for example because the message is already gone, or cannot be
            reached; see `Failure.of`.
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
        # The rest needs only the IDs, so it may run in another process, days later.
        await update_message(bot, reference, message_id=status_id, text="Your export is done.")
        await delete_message(bot, reference, message_id=hint_id)
    except SEND_ERRORS as error:
        raise SystemExit(str(Failure.of(error))) from error
    print(f"Updated {status_id}, deleted {hint_id}")


if __name__ == "__main__":
    asyncio.run(main())
