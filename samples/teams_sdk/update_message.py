"""Change a message that the bot posted, and delete another one, with Teams SDK."""

import asyncio

from microsoft_teams.api import MessageActivityInput
from microsoft_teams.apps import App

from samples.shared.settings import setting
from samples.teams_sdk.bot import connect
from samples.teams_sdk.failure import SEND_ERRORS, Failure


async def send(app: App, conversation_id: str, *, text: str) -> str:
    """Post a message in a conversation that the bot knows, and return the message ID."""
    message = MessageActivityInput(text=text)
    return str((await app.api.conversations.create_activity(conversation_id, message)).id)


async def update_message(app: App, conversation_id: str, *, message_id: str, text: str) -> None:
    """Replace a message of this bot, including a card, with another text."""
    message = MessageActivityInput(text=text)
    await app.api.conversations.update_activity(conversation_id, message_id, message)


async def delete_message(app: App, conversation_id: str, *, message_id: str) -> None:
    """Delete a message of this bot."""
    await app.api.conversations.delete_activity(conversation_id, message_id)


async def main() -> None:
    app, chat_id = connect(), setting("TEAMS_CONVERSATION_ID")
    try:
        status_id = await send(app, chat_id, text="Your export is running: 10 %.")
        hint_id = await send(app, chat_id, text="This takes about five minutes.")
        print(f"Sent {status_id} and {hint_id}")
        # The rest needs only the IDs, so it may run in another process, days later.
        await update_message(app, chat_id, message_id=status_id, text="Your export is done.")
        await delete_message(app, chat_id, message_id=hint_id)
    except SEND_ERRORS as error:
        raise SystemExit(str(Failure.of(error))) from error
    print(f"Updated {status_id}, deleted {hint_id}")


if __name__ == "__main__":
    asyncio.run(main())
