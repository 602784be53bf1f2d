"""Send a message to one recipient of a broadcast, in the chat that is known or a new one."""

from __future__ import annotations

import asyncio

from samples.shared.bot import Bot
from samples.shared.bulk.attempt import Attempt, Handler
from samples.shared.bulk.message import Message
from samples.shared.bulk.rows import Recipient
from samples.shared.conversations import Conversations
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.sending import open_chat, reference_to, send


def sender(bot: Bot, conversations: Conversations, message: Message) -> Handler:
    """Make the handler that sends the message to each recipient.

    Args:
        bot: sends.
        conversations: keeps the chats that are created, and notes refusals.
        message: to send.
    """

    async def handle(recipient: Recipient, attempt: Attempt) -> str | Failure:
        address = attempt.data
        try:
            if not address["conversation_id"]:
                await attempt.pace_request()
                chat = await open_chat(
                    bot,
                    service_url=address["service_url"],
                    tenant_id=recipient.tenant_id,
                    user_id=address["person"],
                )
                address["conversation_id"] = chat.conversation.id
                whose = {"tenant_id": recipient.tenant_id, "user_id": address["person"]}
                await asyncio.to_thread(conversations.keep, chat, **whose)
            await attempt.start(address["conversation_id"])
            chat = reference_to(
                bot,
                service_url=address["service_url"],
                conversation_id=address["conversation_id"],
            )
            return await send(bot, chat, message.to(address["fields"]))
        except SEND_ERRORS as error:
            failure = Failure.of(error)
        if failure.action == "recreate" and address["person"]:
            address["conversation_id"] = ""
            attempt.corrected = True
        else:
            where = (recipient.tenant_id, address["conversation_id"])
            await asyncio.to_thread(conversations.note_refusal, *where, failure)
        return failure

    return handle
