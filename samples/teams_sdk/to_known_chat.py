"""Post in a conversation that the bot knows, with Teams SDK."""

import asyncio

from microsoft_teams.api import (
    Account,
    ConversationAccount,
    ConversationReference,
    MessageActivityInput,
)
from microsoft_teams.apps import App

from samples.shared.settings import optional_setting, setting
from samples.teams_sdk.bot import connect
from samples.teams_sdk.failure import SEND_ERRORS, Failure


async def post(app: App, *, reference: ConversationReference, text: str) -> str:
    """Post a message in a conversation and return the message ID."""
    message = MessageActivityInput(text=text)
    sent = await app.api.conversations.create_activity(
        reference.conversation.id, message, service_url=reference.service_url
    )
    return str(sent.id)


async def main() -> None:
    app = connect()
    reference = ConversationReference(
        channel_id="msteams",
        service_url=setting("TEAMS_SERVICE_URL"),
        bot=Account(id=f"28:{optional_setting('MicrosoftAppId')}"),
        conversation=ConversationAccount(id=setting("TEAMS_CONVERSATION_ID")),
    )
    stored = reference.model_dump_json(by_alias=True, exclude_unset=True)
    print(f"Stored: {stored}")
    reference = ConversationReference.model_validate_json(stored)
    try:
        message_id = await post(app, reference=reference, text="Your export is done.")
    except SEND_ERRORS as error:
        raise SystemExit(str(Failure.of(error))) from error
    print(f"Sent. Keep this message id: {message_id}")


if __name__ == "__main__":
    asyncio.run(main())
