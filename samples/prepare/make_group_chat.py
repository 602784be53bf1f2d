"""Create a group chat with the app in it through Microsoft Graph, and post in it."""

import asyncio
from collections.abc import Sequence
from urllib.parse import quote

from samples.prepare.install_app import find_app, install
from samples.send.to_group_chat import message_group_chat
from samples.shared.bot import connect
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.graph import Graph, GraphError, connect_graph
from samples.shared.settings import setting


async def make_group_chat(graph: Graph, *, topic: str, user_ids: Sequence[str], app_id: str) -> str:
    """Create a group chat and install the app in it: the bot itself can do neither.

    Args:
        topic: the chat's title.
        user_ids: the members' Entra object IDs; each member becomes an owner.
        app_id: the result of `find_app`.

    Returns:
        The chat ID, `19:…@thread.v2`. Keep it: Teams may not report this chat to the bot.

    Raises:
        GraphError: Graph refused or cannot be reached. If only the installation failed, the chat
            exists.
    """
    chat = {
        "chatType": "group",
        "topic": topic,
        "members": [
            {
                "@odata.type": "#microsoft.graph.aadUserConversationMember",
                "roles": ["owner"],  # guests of the tenant need "guest"
                "user@odata.bind": f"{graph.url}/users('{user_id}')",
            }
            for user_id in user_ids
        ],
    }
    # Each call creates another chat: do not retry when the outcome is unknown.
    made = await graph.ask("POST", "/chats", chat, if_unsure="leave")
    await install(graph, f"/chats/{quote(made['id'], safe='')}", app_id=app_id)
    return str(made["id"])


async def main() -> None:
    bot, service_url = connect(), setting("TEAMS_SERVICE_URL")
    user_ids, manifest_id = setting("TEAMS_MEMBER_OBJECT_IDS"), setting("TEAMS_APP_MANIFEST_ID")
    try:
        async with connect_graph() as graph:
            chat_id = await make_group_chat(
                graph,
                topic="Incident 4711",
                user_ids=[one.strip() for one in user_ids.split(",") if one.strip()],
                app_id=await find_app(graph, manifest_id=manifest_id),
            )
    except (GraphError, LookupError) as error:
        raise SystemExit(str(error)) from error
    print(f"Made. Keep this chat id: {chat_id}")
    try:
        await message_group_chat(
            bot,
            service_url=service_url,
            chat_id=chat_id,
            text="The build server is down, and you three are on call.",
        )
    except SEND_ERRORS as error:
        raise SystemExit(str(Failure.of(error))) from error
    print("Sent.")


if __name__ == "__main__":
    asyncio.run(main())
