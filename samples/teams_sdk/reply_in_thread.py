"""Start a thread in a channel, and reply in it at once and later, with Teams SDK."""

import asyncio

from microsoft_teams.api import MessageActivityInput
from microsoft_teams.apps import App

from samples.shared.settings import setting
from samples.teams_sdk.bot import connect
from samples.teams_sdk.failure import SEND_ERRORS, Failure


async def start_thread(app: App, *, channel_id: str, text: str, reply: str) -> str:
    """Start a thread with one message, post a first reply, and return the first message's ID."""
    first = MessageActivityInput(text=text)
    sent = await app.api.conversations.create_activity(channel_id, first)
    await reply_in_thread(app, channel_id=channel_id, root_id=sent.id, text=reply)
    return str(sent.id)


async def reply_in_thread(app: App, *, channel_id: str, root_id: str, text: str) -> str:
    """Reply in an existing thread, whoever started it, and return the message ID."""
    # The conversation ID contains the thread; Teams ignores `replyToId`.
    thread_id = f"{channel_id};messageid={root_id}"
    message = MessageActivityInput(text=text)
    sent = await app.api.conversations.create_activity(thread_id, message)
    return str(sent.id)


async def main() -> None:
    app, channel_id = connect(), setting("TEAMS_CHANNEL_ID")
    try:
        root_id = await start_thread(
            app,
            channel_id=channel_id,
            text="Release 1.4.0 is on its way.",
            reply="Step 1 of 2: the database is ready.",
        )
        print(f"Started. Keep the ids of the channel and the first message: {channel_id} {root_id}")
        # The rest needs only these strings, so it may run in another process, days later.
        await reply_in_thread(
            app, channel_id=channel_id, root_id=root_id, text="Step 2 of 2: everybody has it."
        )
    except SEND_ERRORS as error:
        raise SystemExit(str(Failure.of(error))) from error
    print("Replied.")


if __name__ == "__main__":
    asyncio.run(main())
