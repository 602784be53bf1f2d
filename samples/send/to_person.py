"""Message one person, who may never have talked to the bot."""

import asyncio

from botbuilder.core import TurnContext
from botbuilder.schema import (
    ChannelAccount,
    ConversationParameters,
    ConversationReference,
)
from botframework.connector import Channels

from samples.shared.bot import Bot, connect
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.settings import setting


async def message_person(
    bot: Bot, *, service_url: str, tenant_id: str, user_id: str, text: str
) -> ConversationReference:
    """Open the chat with one person and post a message in it.

    Args:
        bot: sends the message.
        service_url: the address of Teams, for example `https://smba.trafficmanager.net/teams/`.
        tenant_id: the person's tenant, a GUID.
        user_id: the person: the `29:` ID that Teams gave this bot, or the Entra object ID.
        text: the message.

    Returns:
        The conversation. Keep it: the next message needs no create.

    Raises:
        SEND_ERRORS: Teams refused, for example because they have not installed the app, or cannot
            be reached; see `Failure.of`.
    """
    opened: list[ConversationReference] = []

    async def on_opened(turn: TurnContext) -> None:
        await turn.send_activity(text)
        opened.append(TurnContext.get_conversation_reference(turn.activity))

    # Teams returns the same chat each time, so a retry after a timeout opens no second one.
    await bot.adapter.create_conversation(
        bot.app_id,
        on_opened,
        ConversationParameters(
            is_group=False,
            bot=ChannelAccount(id=bot.id),
            members=[ChannelAccount(id=user_id)],
            tenant_id=tenant_id,
            channel_data={"tenant": {"id": tenant_id}},
        ),
        Channels.ms_teams,
        service_url,
    )
    return opened[0]


async def main() -> None:
    try:
        reference = await message_person(
            connect(),
            service_url=setting("TEAMS_SERVICE_URL"),
            tenant_id=setting("TEAMS_TENANT_ID"),
            user_id=setting("TEAMS_USER_ID"),
            text="The report you asked for is ready.",
        )
    except SEND_ERRORS as error:
        raise SystemExit(str(Failure.of(error))) from error
    print(f"Sent. Keep this conversation id: {reference.conversation.id}")


if __name__ == "__main__":
    asyncio.run(main())
