"""Post in a group chat that the app was added to."""

import asyncio

from botbuilder.core import TurnContext
from botbuilder.schema import ChannelAccount, ConversationAccount, ConversationReference
from botframework.connector import Channels

from samples.shared.bot import Bot, connect
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.settings import setting


async def message_group_chat(bot: Bot, *, service_url: str, chat_id: str, text: str) -> str:
    """Post a message that everybody in a group chat sees.

    Args:
        bot: who sends.
        service_url: where Teams is, for example `https://smba.trafficmanager.net/teams/`.
        chat_id: `19:…@thread.v2`, from an activity of that chat or from Microsoft Graph.
        text: the message.

    Returns:
        The id of the message, with which the bot can update or delete it.

    Raises:
        ErrorResponseException: Teams said no, for example because the app is not in this chat.
    """
    ids: list[str] = []

    async def on_turn(turn: TurnContext) -> None:
        ids.append((await turn.send_activity(text)).id)

    # There is no create here: Teams lets a bot create personal chats and threads, nothing else.
    reference = ConversationReference(
        channel_id=Channels.ms_teams,
        service_url=service_url,
        bot=ChannelAccount(id=bot.id),
        conversation=ConversationAccount(id=chat_id),
    )
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
