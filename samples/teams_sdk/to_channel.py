"""Start a new thread in a channel, with Teams SDK."""

import asyncio

from microsoft_teams.api import MessageActivityInput
from microsoft_teams.apps import App

from samples.shared.settings import setting
from samples.teams_sdk.bot import connect
from samples.teams_sdk.failure import SEND_ERRORS, Failure


async def start_thread(app: App, *, channel_id: str, text: str) -> tuple[str, str]:
    """Post a message that starts a thread, and return the IDs of the thread and the message."""
    message = MessageActivityInput(text=text)
    sent = await app.api.conversations.create_activity(channel_id, message)
    return f"{channel_id};messageid={sent.id}", sent.id


async def main() -> None:
    app = connect()
    try:
        thread_id, message_id = await start_thread(
            app,
            channel_id=setting("TEAMS_CHANNEL_ID"),
            text="Release 1.4.0 is out.",
        )
    except SEND_ERRORS as error:
        raise SystemExit(str(Failure.of(error))) from error
    print(f"Sent as message {message_id}. Keep this thread: {thread_id}")


if __name__ == "__main__":
    asyncio.run(main())
