"""Remember every conversation that the bot may post in, and forget the others, with Teams SDK."""

import asyncio

from aiohttp import web
from microsoft_teams.api import Activity
from microsoft_teams.apps import ActivityContext

from samples.shared.conversations import Conversations
from samples.shared.serving import serve
from samples.teams_sdk.bot import connect
from samples.teams_sdk.endpoint import Server
from samples.teams_sdk.received import received


async def remembering(conversations: Conversations) -> web.Application:
    """Make the web server of a bot that stores the conversation of every activity."""
    server = Server()
    app = connect(server)

    async def remember(turn: ActivityContext[Activity]) -> None:
        activity = received(turn.activity)
        if line := await asyncio.to_thread(conversations.follow, activity):
            print(line)
        await turn.next()  # to the handlers that are added after this one

    app.on_activity(remember)
    await app.initialize()
    return server.app


def main() -> None:
    conversations = Conversations()
    print(f"conversations known: {len(conversations.all())}")
    serve(remembering(conversations))


if __name__ == "__main__":
    main()
