"""Post in a conversation that the bot knows."""

import asyncio
import json

from botbuilder.core import TurnContext
from botbuilder.schema import ConversationReference

from samples.shared.bot import Bot, connect
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.sending import reference_to
from samples.shared.settings import setting


def read_reference(stored: str) -> ConversationReference:
    """Read a reference from the JSON that it was stored as.

    Raises:
        ValueError: the JSON has no service URL.
    """
    reference = ConversationReference().deserialize(json.loads(stored))
    # Without one, the SDK would post to api.botframework.com, with the bot's token.
    if not reference.service_url:
        raise ValueError(f"No service URL in {stored}")
    return reference


async def post(bot: Bot, *, reference: ConversationReference, text: str) -> str:
    """Post a message in a conversation that the bot knows.

    Args:
        bot: sends the message.
        reference: a personal chat, a group chat, or a thread in a channel.
        text: the message.

    Returns:
        The message ID, for updating or deleting the message later.

    Raises:
        SEND_ERRORS: Teams refused, for example because the app was removed, or cannot be reached;
            see `Failure.of`.
    """
    ids: list[str] = []

    async def on_turn(turn: TurnContext) -> None:
        ids.append((await turn.send_activity(text)).id)

    await bot.adapter.continue_conversation(reference, on_turn, bot.app_id)
    return ids[0]


async def main() -> None:
    bot = connect()
    reference = reference_to(
        bot,
        service_url=setting("TEAMS_SERVICE_URL"),
        conversation_id=setting("TEAMS_CONVERSATION_ID"),
    )
    stored = json.dumps(reference.serialize())  # for a column of a table, a file or a queue
    print(f"Stored: {stored}")
    try:
        message_id = await post(bot, reference=read_reference(stored), text="Your export is done.")
    except SEND_ERRORS as error:
        raise SystemExit(str(Failure.of(error))) from error
    print(f"Sent. Keep this message id: {message_id}")


if __name__ == "__main__":
    asyncio.run(main())
