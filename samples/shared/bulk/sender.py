"""Send one recipient of a broadcast the message, in the chat that is known or a new one."""

from __future__ import annotations

import asyncio

from botbuilder.schema import ChannelAccount, ConversationAccount, ConversationReference
from botframework.connector import Channels

from samples.shared.bot import Bot
from samples.shared.bulk.drain import Attempt, Do
from samples.shared.bulk.message import Message
from samples.shared.bulk.outbox import Recipient
from samples.shared.conversations import Conversations
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.sending import open_chat, send


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
                chat = await open_chat(
                    bot,
                    service_url=address["service_url"],
                    tenant_id=recipient.tenant_id,
                    user_id=address["person"],
                )
                address["conversation_id"] = chat.conversation.id
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


def _reference(address: dict[str, str]) -> ConversationReference:
    return ConversationReference(
        channel_id=Channels.ms_teams.value,
        service_url=address["service_url"],
        bot=ChannelAccount(id=address["bot_id"]),
        conversation=ConversationAccount(id=address["conversation_id"]),
    )
