"""Install the app in a team through Microsoft Graph, and post in its General channel."""

import asyncio
from urllib.parse import quote

from samples.prepare.install_app import find_app, install
from samples.send.to_channel import start_thread
from samples.shared.bot import connect
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.graph import Graph, GraphError, connect_graph
from samples.shared.settings import setting


async def install_in_team(graph: Graph, *, team_id: str, app_id: str) -> str:
    """Install an app in a team, unless it is installed there.

    Args:
        team_id: the team's Entra group ID, a GUID; not the `19:…` ID that bots use.
        app_id: the result of `find_app`.

    Returns:
        The ID of the General channel, `19:…@thread.tacv2`, for the bot to post in.

    Raises:
        GraphError: Graph refused or cannot be reached.
    """
    team = f"/teams/{quote(team_id)}"
    await install(graph, team, app_id=app_id)
    channel = await graph.ask("GET", f"{team}/primaryChannel")
    return str(channel["id"])


async def main() -> None:
    bot, service_url = connect(), setting("TEAMS_SERVICE_URL")
    team_id, manifest_id = setting("TEAMS_TEAM_OBJECT_ID"), setting("TEAMS_APP_MANIFEST_ID")
    try:
        async with connect_graph() as graph:
            app_id = await find_app(graph, manifest_id=manifest_id)
            channel_id = await install_in_team(graph, team_id=team_id, app_id=app_id)
    except (GraphError, LookupError) as error:
        raise SystemExit(str(error)) from error
    try:
        await start_thread(
            bot,
            service_url=service_url,
            channel_id=channel_id,
            text="This app posts here when the month is closed. Its owner is Edsger Dijkstra.",
        )
    except SEND_ERRORS as error:
        raise SystemExit(str(Failure.of(error))) from error
    print(f"Installed and posted. Keep this channel id: {channel_id}")


if __name__ == "__main__":
    asyncio.run(main())
