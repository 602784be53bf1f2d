"""Post a message in a conversation, and open the chat with a person."""

from __future__ import annotations

from botbuilder.core import TurnContext
from botbuilder.schema import (
    Activity,
    ChannelAccount,
    ConversationParameters,
    ConversationReference,
)
from botframework.connector import Channels

from samples.shared.bot import Bot


async def send(bot: Bot, reference: ConversationReference, message: str | Activity) -> str:
    """Post in a conversation that the bot knows.

    Args:
        reference: the conversation, as `Conversations` keeps it.
        message: a text, or an activity with more than text.

    Returns:
        The message ID, for updating or deleting the message later.

    Raises:
        SEND_ERRORS: Teams refused or cannot be reached; see `Failure.of`.
    """
    ids: list[str] = []

    async def on_turn(turn: TurnContext) -> None:
        ids.append((await turn.send_activity(message)).id)

    await bot.adapter.continue_conversation(reference, on_turn, bot.app_id)
    return ids[0]


async def open_chat(
    bot: Bot, *, service_url: str, tenant_id: str, user_id: str
) -> ConversationReference:
    """Find or create the personal chat with one person. Ask again and you get the same chat.

    Args:
        service_url: the address of Teams, for example `https://smba.trafficmanager.net/teams/`.
        tenant_id: the person's tenant, a GUID.
        user_id: the person: the `29:` ID that Teams gave this bot, or the Entra object ID.

    Raises:
        SEND_ERRORS: Teams refused or cannot be reached; see `Failure.of`.
    """
    opened: list[ConversationReference] = []

    async def on_opened(turn: TurnContext) -> None:
        opened.append(TurnContext.get_conversation_reference(turn.activity))

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
