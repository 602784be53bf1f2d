"""Mention one person in a group chat, with Teams SDK."""

import asyncio
from html import escape

from microsoft_teams.api import Account, MessageActivityInput
from microsoft_teams.apps import App

from samples.shared.settings import setting
from samples.teams_sdk.bot import connect
from samples.teams_sdk.failure import SEND_ERRORS, Failure


async def mention_person(app: App, *, chat_id: str, user_id: str, text: str) -> str:
    """Post a message that begins with a mention, and return the message ID."""
    # The roster has the name. For a person who is not in it, this raises before the post.
    member = await app.api.conversations.get_member_by_id(chat_id, user_id)
    message = MessageActivityInput()
    account, name = Account(id=member.id, name=member.name), escape(member.name, quote=False)
    message.add_mention(account, name).add_text(f" {text}")
    sent = await app.api.conversations.create_activity(chat_id, message)
    return str(sent.id)


async def main() -> None:
    try:
        message_id = await mention_person(
            connect(),
            chat_id=setting("TEAMS_CHAT_ID"),
            user_id=setting("TEAMS_USER_ID"),
            text="please check the guest list before noon.",
        )
    except SEND_ERRORS as error:
        raise SystemExit(str(Failure.of(error))) from error
    print(f"Sent. Keep this message id: {message_id}")


if __name__ == "__main__":
    asyncio.run(main())
