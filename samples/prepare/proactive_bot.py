"""Three ways to send unasked: in private, in the sender's thread, and as a new thread."""

from collections.abc import Awaitable

from botbuilder.core import ActivityHandler, TurnContext
from botbuilder.schema import (
    Activity,
    ChannelAccount,
    ConversationReference,
)

from samples.shared.bot import Bot, connect
from samples.shared.endpoint import messages_app, serve
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.sending import open_chat, send


async def write_to_sender(bot: Bot, activity: Activity) -> None:
    """Open the personal chat with the sender of an activity, and post a message in it.

    Args:
        bot: sends the message.
        activity: from Teams; it may come from a channel or a group chat.

    Raises:
        SEND_ERRORS: Teams refused or cannot be reached; see `Failure.of`.
    """
    sender = activity.from_property
    chat = await open_chat(
        bot,
        service_url=activity.service_url,
        # conversation.tenant_id would be None: Teams sends `tenantId`, the SDK reads `tenantID`.
        tenant_id=activity.channel_data["tenant"]["id"],
        user_id=sender.id,
    )
    await send(bot, chat, f"Hello {sender.name}. You wrote to me; I answer you here too.")


def channel_root(activity: Activity) -> ConversationReference:
    """The channel of an activity, without the thread: a message to it starts a new thread."""
    reference = TurnContext.get_conversation_reference(activity)
    reference.conversation.id = reference.conversation.id.partition(";messageid=")[0]
    return reference


async def tell(where: str, sending: Awaitable[object]) -> None:
    """Wait for a send, and print whether it worked."""
    try:
        await sending
        print(f"sent {where}")
    except SEND_ERRORS as error:
        print(Failure.of(error))


class ProactiveBot(ActivityHandler):
    """Answers a message in private and in its thread; announces member changes in a new thread."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        activity = turn_context.activity
        thread = TurnContext.get_conversation_reference(activity)
        text = "And this continues the thread that you wrote in."
        # Separate calls: if one fails, the other is still sent.
        await tell("in private", write_to_sender(self._bot, activity))
        await tell("in the thread", send(self._bot, thread, text))

    async def on_members_added_activity(
        self, members_added: list[ChannelAccount], turn_context: TurnContext
    ) -> None:
        await self._announce("joined", members_added, turn_context.activity)

    async def on_members_removed_activity(
        self, members_removed: list[ChannelAccount], turn_context: TurnContext
    ) -> None:
        await self._announce("left", members_removed, turn_context.activity)

    async def _announce(self, did: str, members: list[ChannelAccount], activity: Activity) -> None:
        # Teams reports the bot itself too, and with it the person where they install the app.
        people = [member for member in members if member.id != activity.recipient.id]
        if not people or activity.conversation.conversation_type == "personal":
            return
        # One message with a count: the event has IDs but no names.
        text = f"{len(people)} {'person' if len(people) == 1 else 'people'} {did}."
        await tell("at the root", send(self._bot, channel_root(activity), text))


def main() -> None:
    bot = connect()
    serve(messages_app(bot, ProactiveBot(bot)))


if __name__ == "__main__":
    main()
