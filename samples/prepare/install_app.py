"""Install the app for one person through Microsoft Graph, and message them."""

import asyncio
from urllib.parse import quote

from samples.shared.bot import Bot, connect
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.graph import Graph, GraphError, connect_graph
from samples.shared.sending import reference_to, send
from samples.shared.settings import setting


async def find_app(graph: Graph, *, manifest_id: str) -> str:
    """Look up an app's ID in the organization's catalog; the ID in its manifest differs.

    Args:
        manifest_id: `id` in the app's manifest, a GUID.

    Returns:
        The teamsApp ID, a GUID. It does not change, so you can keep it.

    Raises:
        GraphError: Graph refused or cannot be reached.
        LookupError: the catalog has no such app.
    """
    wanted = {"$filter": f"externalId eq '{manifest_id}'"}
    found = await graph.ask("GET", "/appCatalogs/teamsApps", query=wanted)
    if not found["value"]:
        raise LookupError(
            f"This organization's catalog has no app with the manifest id {manifest_id}. Publish "
            "it in the Teams admin center; Graph may see it only hours later."
        )
    return str(found["value"][0]["id"])


async def install(graph: Graph, where: str, *, app_id: str, attempts: int = 5) -> bool:
    """Install an app in a place, unless it is installed there.

    Args:
        where: `/users/{id}/teamwork`, `/chats/{id}` or `/teams/{id}`.
        app_id: the result of `find_app`.
        attempts: how many attempts are made at most; only what Graph allows is retried.

    Returns:
        True if it was installed now, False if it was installed before.

    Raises:
        GraphError: Graph refused, for example because nobody consented, or cannot be reached.
    """
    body = {"teamsApp@odata.bind": f"{graph.url}/appCatalogs/teamsApps/{app_id}"}
    try:
        await graph.ask("POST", f"{where}/installedApps", body, attempts=attempts)
    except GraphError as error:
        if error.failure.status == 409:
            return False
        raise
    return True


async def chat_with(graph: Graph, *, user_id: str, app_id: str) -> str:
    """Find the chat between a person and the bot of an app that is installed for them.

    Args:
        user_id: the person's Entra object ID.
        app_id: the result of `find_app`.

    Returns:
        The chat ID, which is the conversation ID.

    Raises:
        GraphError: Graph refused or cannot be reached.
        LookupError: the app is not installed for this person.
    """
    apps = f"/users/{quote(user_id)}/teamwork/installedApps"
    query = {"$expand": "teamsApp", "$filter": f"teamsApp/id eq '{app_id}'"}
    found = await graph.ask("GET", apps, query=query)
    if not found["value"]:
        raise LookupError(f"The app is not installed for {user_id}.")
    chat = await graph.ask("GET", f"{apps}/{quote(found['value'][0]['id'], safe='')}/chat")
    return str(chat["id"])


async def message_chat(bot: Bot, *, service_url: str, chat_id: str, text: str) -> str:
    """Post in the chat as the bot: Graph's chat ID is the conversation ID.

    Returns:
        The message ID, for updating or deleting the message later.

    Raises:
        SEND_ERRORS: Teams refused or cannot be reached; see `Failure.of`.
    """
    chat = reference_to(bot, service_url=service_url, conversation_id=chat_id)
    return await send(bot, chat, text)


async def main() -> None:
    bot, service_url = connect(), setting("TEAMS_SERVICE_URL")
    user_id, manifest_id = setting("TEAMS_USER_OBJECT_ID"), setting("TEAMS_APP_MANIFEST_ID")
    try:
        async with connect_graph() as graph:
            app_id = await find_app(graph, manifest_id=manifest_id)
            place = f"/users/{quote(user_id)}/teamwork"
            new = await install(graph, place, app_id=app_id)
            chat_id = await chat_with(graph, user_id=user_id, app_id=app_id)
    except (GraphError, LookupError) as error:
        raise SystemExit(str(error)) from error
    print("Installed." if new else "It was installed already.")
    try:
        await message_chat(
            bot,
            service_url=service_url,
            chat_id=chat_id,
            text="IT gave you this app, so that it can tell you when a report of yours is ready.",
        )
    except SEND_ERRORS as error:
        raise SystemExit(str(Failure.of(error))) from error
    print(f"Sent. Keep this conversation id: {chat_id}")


if __name__ == "__main__":
    asyncio.run(main())
