"""Remember every conversation that the bot may post in, and forget the others; Agents SDK."""

import asyncio

from aiohttp import web
from microsoft_agents.hosting.core import TurnContext, TurnState

from samples.agents_sdk.bot import connect
from samples.agents_sdk.endpoint import messages_app
from samples.shared.conversations import Conversations
from samples.shared.serving import serve


def remembering(conversations: Conversations) -> web.Application:
    """Make the web server of a bot that stores the conversation of every activity."""
    bot = connect()

    async def remember(context: TurnContext, state: TurnState) -> bool:
        if line := await asyncio.to_thread(conversations.follow, context.activity):
            print(line)
        return True  # go on to the handlers

    bot.app.before_turn(remember)
    return messages_app(bot)


def main() -> None:
    conversations = Conversations()
    print(f"conversations known: {len(conversations.all())}")
    serve(remembering(conversations))


if __name__ == "__main__":
    main()
