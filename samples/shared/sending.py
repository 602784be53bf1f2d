"""Refer to a conversation, post a message in it, and open the chat with a person."""

from __future__ import annotations

from botbuilder.core import TurnContext
from botbuilder.schema import (
    Activity,
    ChannelAccount,
    ConversationAccount,
    ConversationParameters,
    ConversationReference,
)
from botframework.connector import Channels

from samples.shared.bot import Bot


def reference_to(bot: Bot, *, service_url: str, conversation_id: str) -> ConversationReference:
    """Make the smallest reference that `continue_conversation` accepts.

    Args:
        bot: sends the message.
        service_url: the address of Teams, for example `https://smba.trafficmanager.net/teams/`.
        conversation_id: of a personal chat, a group chat, a channel, or a thread in a channel.
    """
    return ConversationReference(
        # Not the enum itself: a turn would look for its state under "Channels.ms_teams/…".
        channel_id=Channels.ms_teams.value,
        service_url=service_url,
        bot=ChannelAccount(id=bot.id),
        conversation=ConversationAccount(id=conversation_id),
    )


async def send(bot: Bot, reference: ConversationReference, message: str | Activity) -> str:
    """Post in a conversation that the bot knows.

    Args:
        reference: the conversation, as `Conversations` keeps it.
        message: a text, or an activity with more than text.

    Returns:
        The message ID, for updating or deleting the message later; empty where Teams makes several
        messages of one, as of text with a card, and names none.

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
