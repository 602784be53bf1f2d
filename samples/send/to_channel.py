"""Start a new thread in a channel."""

import asyncio
from dataclasses import dataclass

from botbuilder.core import MessageFactory, TurnContext
from botbuilder.schema import ChannelAccount, ConversationParameters
from botframework.connector import Channels

from samples.shared.bot import Bot, connect
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.settings import setting


@dataclass(frozen=True)
class Thread:
    """A thread in a channel.

    Attributes:
        conversation_id: for replies: the channel ID and `;messageid=…`.
        message_id: of the first message, for updating or deleting it later.
    """

    conversation_id: str
    message_id: str


async def start_thread(bot: Bot, *, service_url: str, channel_id: str, text: str) -> Thread:
    """Post a message that starts a new thread.

    Args:
        bot: sends the message.
        service_url: the address of Teams, for example `https://smba.trafficmanager.net/teams/`.
        channel_id: `19:…@thread.tacv2`; a team has the ID of its General channel.
        text: the message.

    Returns:
        The thread. Keep it to reply later.

    Raises:
        SEND_ERRORS: Teams refused, for example because the app is not in this team, or cannot be
            reached; see `Failure.of`.
    """
    started: list[Thread] = []

    async def on_started(turn: TurnContext) -> None:
        started.append(Thread(turn.activity.conversation.id, turn.activity.id))

    # Each call starts another thread: a retry after a timeout may post the message twice.
    await bot.adapter.create_conversation(
        bot.app_id,
        on_started,
        ConversationParameters(
            is_group=True,
            bot=ChannelAccount(id=bot.id),
            channel_data={"channel": {"id": channel_id}},
            activity=MessageFactory.text(text),
        ),
        Channels.ms_teams,
        service_url,
    )
    return started[0]


async def main() -> None:
    try:
        thread = await start_thread(
            connect(),
            service_url=setting("TEAMS_SERVICE_URL"),
            channel_id=setting("TEAMS_CHANNEL_ID"),
            text="Release 1.4.0 is out.",
        )
    except SEND_ERRORS as error:
        raise SystemExit(str(Failure.of(error))) from error
    print(f"Sent as message {thread.message_id}. Keep this thread: {thread.conversation_id}")


if __name__ == "__main__":
    asyncio.run(main())
