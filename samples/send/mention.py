"""Mention one person in a group chat, so that Teams highlights the message for them."""

import asyncio
from html import escape

from botbuilder.core import BotAdapter, TurnContext
from botbuilder.schema import (
    Activity,
    ActivityTypes,
    ChannelAccount,
    Mention,
)

from samples.shared.bot import Bot, connect
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.sending import reference_to
from samples.shared.settings import setting


async def mention_person(
    bot: Bot, *, service_url: str, chat_id: str, user_id: str, text: str
) -> str:
    """Post a message that begins with a mention.

    Args:
        bot: sends the message.
        service_url: the address of Teams, for example `https://smba.trafficmanager.net/teams/`.
        chat_id: the group chat, `19:…@thread.v2`.
        user_id: a member's Teams ID (`29:…`), Entra object ID or user principal name.
        text: the rest of the message, after the name.

    Returns:
        The message ID, for updating or deleting the message later.

    Raises:
        SEND_ERRORS: Teams refused, for example because the person is not in this chat, or cannot
            be reached; see `Failure.of`.
    """
    ids: list[str] = []

    async def on_turn(turn: TurnContext) -> None:
        # The roster has the name. For a person who is not in it, this raises before the post.
        connector = turn.turn_state[BotAdapter.BOT_CONNECTOR_CLIENT_KEY]
        member = await connector.conversations.get_conversation_member(chat_id, user_id)
        mention = Mention(
            type="mention",  # the SDK does not set it
            text=f"<at>{escape(member.name, quote=False)}</at>",
            mentioned=ChannelAccount(id=member.id, name=member.name),
        )
        message = Activity(
            type=ActivityTypes.message,
            text=f"{mention.text} {text}",  # must contain the text of the entity
            entities=[mention],
        )
        ids.append((await turn.send_activity(message)).id)

    reference = reference_to(bot, service_url=service_url, conversation_id=chat_id)
    await bot.adapter.continue_conversation(reference, on_turn, bot.app_id)
    return ids[0]


async def main() -> None:
    try:
        message_id = await mention_person(
            connect(),
            service_url=setting("TEAMS_SERVICE_URL"),
            chat_id=setting("TEAMS_CHAT_ID"),
            user_id=setting("TEAMS_USER_ID"),
            text="please check the guest list before noon.",
        )
    except SEND_ERRORS as error:
        raise SystemExit(str(Failure.of(error))) from error
    print(f"Sent. Keep this message id: {message_id}")


if __name__ == "__main__":
    asyncio.run(main())
