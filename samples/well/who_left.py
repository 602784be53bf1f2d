"""Send a notice to everyone, and report who could not get it: who blocked or removed the bot."""

import asyncio
import csv
import sys

from botbuilder.schema import ErrorResponseException

from samples.shared.bot import Bot, connect
from samples.shared.conversations import Conversation, Conversations
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.printing import one_line
from samples.shared.remembering import reference_of
from samples.shared.retrying import retrying
from samples.shared.sending import send
from samples.shared.service_urls import ServiceUrlNotAllowed


async def notify_everyone(
    bot: Bot, conversations: Conversations, *, text: str
) -> list[tuple[Conversation, Failure]]:
    """Post a notice in every personal chat, except where the person opted out or blocked the bot.

    Args:
        bot: sends the messages.
        conversations: the chats that the bot knows.
        text: the notice; something these people need to know, because they all get it.

    Returns:
        Each chat that was refused, with the failure.

    Raises:
        SEND_ERRORS: nothing answers or sign-in failed, which says nothing about any person.
    """
    refused: list[tuple[Conversation, Failure]] = []
    for chat in await asyncio.to_thread(conversations.all, "personal"):
        if not chat.can_notify:
            continue
        try:
            # Twice is better than never, for what people need to know.
            await retrying(if_unsure="send again")(send, bot, reference_of(chat), text)
        except (ErrorResponseException, ServiceUrlNotAllowed) as error:
            refused.append((chat, Failure.of(error)))
    return refused


async def main() -> None:
    bot, conversations = connect(fast=True), Conversations()
    try:
        refused = await notify_everyone(
            bot,
            conversations,
            text="Builds pause on Friday from 18:00 to 19:00 UTC: the build server moves.",
        )
    except SEND_ERRORS as error:
        raise SystemExit(str(Failure.of(error))) from error
    report = csv.writer(sys.stdout, lineterminator="\n")
    report.writerow(("name", "aad_object_id", "status", "code", "conversation"))
    for chat, failure in refused:
        where = (chat.tenant_id, chat.id)
        noted = await asyncio.to_thread(conversations.note_refusal, *where, failure)
        if failure.status is None:  # the report has no column for the URL
            print(f"{one_line(chat.user_name)}: {failure}", file=sys.stderr)
        who = (chat.user_name, chat.aad_object_id)
        report.writerow((*who, failure.status, failure.code, noted or "kept"))


if __name__ == "__main__":
    asyncio.run(main())
