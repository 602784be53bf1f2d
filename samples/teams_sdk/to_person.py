"""Message one person, who may never have talked to the bot, with Teams SDK."""

import asyncio

from microsoft_teams.api import Account, CreateConversationParams, MessageActivityInput
from microsoft_teams.apps import App

from samples.shared.settings import setting
from samples.teams_sdk.bot import connect
from samples.teams_sdk.failure import SEND_ERRORS, Failure


async def message_person(app: App, *, tenant_id: str, user_id: str, text: str) -> str:
    """Open the chat with one person, post a message in it, and return the conversation ID."""
    chat = await app.api.conversations.create(
        CreateConversationParams(members=[Account(id=user_id)], tenant_id=tenant_id)
    )
    await app.api.conversations.create_activity(chat.id, MessageActivityInput(text=text))
    return str(chat.id)


async def main() -> None:
    app = connect()
    try:
        conversation_id = await message_person(
            app,
            tenant_id=setting("TEAMS_TENANT_ID"),
            user_id=setting("TEAMS_USER_ID"),
            text="The report you asked for is ready.",
        )
    except SEND_ERRORS as error:
        raise SystemExit(str(Failure.of(error))) from error
    print(f"Sent. Keep this conversation id: {conversation_id}")


if __name__ == "__main__":
    asyncio.run(main())
