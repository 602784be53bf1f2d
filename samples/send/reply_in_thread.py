"""Start a thread in a channel, and reply in it at once and later."""

import asyncio

from botbuilder.core import MessageFactory, TurnContext
from botbuilder.schema import (
    ChannelAccount,
    ConversationParameters,
)
from botframework.connector import Channels

from samples.shared.bot import Bot, connect
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.sending import reference_to
from samples.shared.settings import setting


async def start_thread(
    bot: Bot, *, service_url: str, channel_id: str, text: str, reply: str
) -> str:
    """Start a thread with one message, and post a first reply.

    Returns:
        The message ID of the first message. A later reply needs it, and the channel ID.

    Raises:
        SEND_ERRORS: Teams refused, for example because the app is not in this team, or cannot be
            reached; see `Failure.of`.
    """
    ids: list[str] = []

    async def on_started(turn: TurnContext) -> None:
        ids.append(turn.activity.id)
        await turn.send_activity(reply)  # this turn is in the thread, so the reply is too

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
    return ids[0]


async def reply_in_thread(
    bot: Bot, *, service_url: str, channel_id: str, root_id: str, text: str
) -> str:
    """Reply in an existing thread, whoever started it.

    Args:
        bot: sends the message.
        service_url: the address of Teams, for example `https://smba.trafficmanager.net/teams/`.
        channel_id: `19:…@thread.tacv2`.
        root_id: the message ID of the thread's first message.
        text: the reply.

    Returns:
        The message ID of the reply, for updating or deleting it later.

    Raises:
        SEND_ERRORS: Teams refused, for example because the channel is gone, or cannot be reached;
            see `Failure.of`.
    """
    ids: list[str] = []

    async def on_turn(turn: TurnContext) -> None:
        ids.append((await turn.send_activity(text)).id)

    # The conversation ID contains the thread; Teams ignores `reply_to_id`.
    thread_id = f"{channel_id};messageid={root_id}"
    reference = reference_to(bot, service_url=service_url, conversation_id=thread_id)
    await bot.adapter.continue_conversation(reference, on_turn, bot.app_id)
    return ids[0]


async def main() -> None:
    bot = connect()
    service_url, channel_id = setting("TEAMS_SERVICE_URL"), setting("TEAMS_CHANNEL_ID")
    try:
        root_id = await start_thread(
            bot,
            service_url=service_url,
            channel_id=channel_id,
            text="Release 1.4.0 is on its way.",
            reply="Step 1 of 2: the database is ready.",
        )
        print(f"Started. Keep the ids of the channel and the first message: {channel_id} {root_id}")
        # The rest needs only these strings, so it may run in another process, days later.
        await reply_in_thread(
            bot,
            service_url=service_url,
            channel_id=channel_id,
            root_id=root_id,
            text="Step 2 of 2: everybody has it.",
        )
    except SEND_ERRORS as error:
        raise SystemExit(str(Failure.of(error))) from error
    print("Replied.")


if __name__ == "__main__":
    asyncio.run(main())
