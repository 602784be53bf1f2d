"""Find people who have the app but no stored conversation, and store it: events can get lost."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import quote

from botbuilder.schema import ChannelAccount

from samples.prepare.install_app import find_app
from samples.shared.bot import Bot, connect
from samples.shared.conversations import Conversations
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.graph import Graph, GraphError, connect_graph
from samples.shared.printing import one_line
from samples.shared.sending import open_chat
from samples.shared.settings import setting


async def unknown_people(
    graph: Graph, conversations: Conversations, *, tenant_id: str, group_id: str, app_id: str
) -> AsyncIterator[ChannelAccount]:
    """Find the people in a group who have the app but whose chat is not stored.

    Args:
        group_id: of an Entra group; members of nested groups are included.
        app_id: the result of `find_app`.

    Raises:
        GraphError: Graph refused or cannot be reached.
    """
    members = f"/groups/{quote(group_id)}/transitiveMembers/microsoft.graph.user"
    query = {"$select": "id,displayName", "$top": "999"}
    wanted = {"$expand": "teamsApp", "$filter": f"teamsApp/id eq '{app_id}'"}
    async for person in graph.everything(members, query):
        if await asyncio.to_thread(conversations.person, tenant_id, person["id"]):
            continue
        apps = f"/users/{quote(person['id'])}/teamwork/installedApps"
        if (await graph.ask("GET", apps, query=wanted))["value"]:
            yield ChannelAccount(aad_object_id=person["id"], name=person["displayName"])


async def learn_chat(
    bot: Bot,
    conversations: Conversations,
    *,
    service_url: str,
    tenant_id: str,
    person: ChannelAccount,
) -> None:
    """Ask Teams for the chat with a person who has the app, and store it. The person sees nothing.

    Raises:
        SEND_ERRORS: Teams refused or cannot be reached; see `Failure.of`.
    """
    user_id = person.aad_object_id
    chat = await open_chat(bot, service_url=service_url, tenant_id=tenant_id, user_id=user_id)
    whose = {"tenant_id": tenant_id, "user_id": user_id, "name": person.name}
    await asyncio.to_thread(conversations.keep, chat, **whose)


async def main() -> None:
    bot, service_url = connect(), setting("TEAMS_SERVICE_URL")
    tenant_id, group_id = setting("TEAMS_TENANT_ID"), setting("TEAMS_GROUP_ID")
    manifest_id, conversations = setting("TEAMS_APP_MANIFEST_ID"), Conversations()
    found = 0
    try:
        async with connect_graph() as graph:
            people = unknown_people(
                graph,
                conversations,
                tenant_id=tenant_id,
                group_id=group_id,
                app_id=await find_app(graph, manifest_id=manifest_id),
            )
            async for person in people:
                await learn_chat(
                    bot,
                    conversations,
                    service_url=service_url,
                    tenant_id=tenant_id,
                    person=person,
                )
                found += 1
                who = one_line(person.name or person.aad_object_id)
                print(f"{who}: had the app, and is stored now.")
    except (GraphError, LookupError) as error:
        raise SystemExit(str(error)) from error
    except SEND_ERRORS as error:
        raise SystemExit(str(Failure.of(error))) from error
    stored = await asyncio.to_thread(conversations.all, "personal")
    print(f"{found} found; {len(stored)} personal chats are stored.")


if __name__ == "__main__":
    asyncio.run(main())
