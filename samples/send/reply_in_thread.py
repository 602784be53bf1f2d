"""Start a thread in a channel, and reply in it now and later."""

import asyncio

from botbuilder.core import MessageFactory, TurnContext
from botbuilder.schema import (
    ChannelAccount,
    ConversationAccount,
    ConversationParameters,
    ConversationReference,
)
from botframework.connector import Channels

from samples.shared.bot import Bot, connect
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.sending import send
from samples.shared.settings import setting


async def start_thread(
    bot: Bot, *, service_url: str, channel_id: str, text: str, reply: str
) -> str:
    """Start a thread with one message and put a first reply under it.

    Returns:
        The id of the first message: with the channel's id, it is what a later reply needs.

    Raises:
        ErrorResponseException: Teams said no, for example because the app is not in this team.
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
    """Reply in a thread that exists, whoever started it.

    Args:
        bot: who sends.
        service_url: where Teams is, for example `https://smba.trafficmanager.net/teams/`.
        channel_id: `19:…@thread.tacv2`.
        root_id: the id of the thread's first message.
        text: the reply.

    Returns:
        The id of the reply, with which the bot can update or delete it.

    Raises:
        ErrorResponseException: Teams said no, for example because the channel is gone.
    """
    reference = ConversationReference(
        channel_id=Channels.ms_teams,
        service_url=service_url,
        bot=ChannelAccount(id=bot.id),
        # The thread stands in the conversation's id; Teams does not look at `reply_to_id`.
        conversation=ConversationAccount(id=f"{channel_id};messageid={root_id}"),
    )
    return await send(bot, reference, text)


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
        # From here on only strings are used, so this part may run elsewhere, days later.
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
