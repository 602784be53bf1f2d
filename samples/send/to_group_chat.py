"""Post in a group chat that the app was added to."""

import asyncio

from botbuilder.core import TurnContext

from samples.shared.bot import Bot, connect
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.sending import reference_to
from samples.shared.settings import setting


async def message_group_chat(bot: Bot, *, service_url: str, chat_id: str, text: str) -> str:
    """Post a message for everyone in a group chat.

    Args:
        bot: sends the message.
        service_url: the address of Teams, for example `https://smba.trafficmanager.net/teams/`.
        chat_id: `19:…@thread.v2`, from an activity of that chat or from Microsoft Graph.
        text: the message.

    Returns:
        The message ID, for updating or deleting the message later.

    Raises:
        SEND_ERRORS: Teams refused, for example because the app is not in this chat, or cannot be
            reached; see `Failure.of`.
    """
    ids: list[str] = []

    async def on_turn(turn: TurnContext) -> None:
        ids.append((await turn.send_activity(text)).id)

    # No create_conversation: a bot can create only personal chats and threads.
    reference = reference_to(bot, service_url=service_url, conversation_id=chat_id)
    await bot.adapter.continue_conversation(reference, on_turn, bot.app_id)
    return ids[0]


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
