"""Write to one person: the shortest program of this guide."""

import asyncio

from samples.shared.bot import connect
from samples.shared.sending import open_chat, send
from samples.shared.settings import setting


async def main() -> None:
    bot = connect()
    chat = await open_chat(
        bot,
        service_url=setting("TEAMS_SERVICE_URL"),
        tenant_id=setting("TEAMS_TENANT_ID"),
        user_id=setting("TEAMS_USER_ID"),
    )
    await send(bot, chat, "The desk lamp that you watch costs 39.90 now.")
    print("Sent.")


if __name__ == "__main__":
    asyncio.run(main())
