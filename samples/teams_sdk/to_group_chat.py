"""Post in a group chat that the app was added to, with Teams SDK."""

import asyncio

from microsoft_teams.api import MessageActivityInput
from microsoft_teams.apps import App

from samples.shared.settings import setting
from samples.teams_sdk.bot import connect
from samples.teams_sdk.failure import SEND_ERRORS, Failure


async def message_group_chat(app: App, *, chat_id: str, text: str) -> str:
    """Post a message for everyone in a group chat, and return the message ID."""
    message = MessageActivityInput(text=text)
    sent = await app.api.conversations.create_activity(chat_id, message)
    return str(sent.id)


async def main() -> None:
    app = connect()
    try:
        message_id = await message_group_chat(
            app,
            chat_id=setting("TEAMS_CHAT_ID"),
            text="The launch is on Thursday at 10:00.",
        )
    except SEND_ERRORS as error:
        raise SystemExit(str(Failure.of(error))) from error
    print(f"Sent. Keep this message id: {message_id}")


if __name__ == "__main__":
    asyncio.run(main())
