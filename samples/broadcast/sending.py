"""Send one recipient of a broadcast the message, in the chat that is known or a new one."""

from __future__ import annotations

import asyncio

from botbuilder.core import TurnContext
from botbuilder.schema import (
    ChannelAccount,
    ConversationAccount,
    ConversationParameters,
    ConversationReference,
)
from botframework.connector import Channels

from samples.bot import Bot
from samples.broadcast.message import Message
from samples.conversations import Conversations
from samples.delivery import SEND_ERRORS, Failure, send
from samples.drain import Attempt, Do
from samples.outbox import Recipient


def sender(bot: Bot, conversations: Conversations, message: Message) -> Do:
    """What `drain` does for each recipient.

    Args:
        bot: who sends.
        conversations: where chats are forgotten that Teams says are gone.
        message: what is sent.
    """

    async def do(recipient: Recipient, attempt: Attempt) -> str | Failure:
        address = attempt.data
        try:
            if not address["conversation_id"]:
                await attempt.turn()
                address["conversation_id"] = await _open_chat(bot, recipient.tenant_id, address)
            await attempt.begin(address["conversation_id"])
            return await send(bot, _reference(address), message.to(address["fields"]))
        except SEND_ERRORS as error:
            failure = Failure.of(error)
        if failure.action == "recreate" and address["person"]:
            address["conversation_id"] = ""
            attempt.mended = True
        elif failure.action == "forget":
            gone = (recipient.tenant_id, address["conversation_id"])
            await asyncio.to_thread(conversations.forget, *gone)
        return failure

    return do


async def _open_chat(bot: Bot, tenant_id: str, address: dict[str, str]) -> str:
    """The id of the personal chat with somebody; Teams answers with the same one each time."""
    opened: list[str] = []

    async def on_opened(turn: TurnContext) -> None:
        opened.append(turn.activity.conversation.id)

    await bot.adapter.create_conversation(
        bot.app_id,
        on_opened,
        ConversationParameters(
            is_group=False,
            bot=ChannelAccount(id=bot.id),
            members=[ChannelAccount(id=address["person"])],
            tenant_id=tenant_id,
            channel_data={"tenant": {"id": tenant_id}},
        ),
        Channels.ms_teams,
        address["service_url"],
    )
    return opened[0]


def _reference(address: dict[str, str]) -> ConversationReference:
    return ConversationReference(
        channel_id=Channels.ms_teams.value,
        service_url=address["service_url"],
        bot=ChannelAccount(id=address["bot_id"]),
        conversation=ConversationAccount(id=address["conversation_id"]),
    )
