"""Run botbuilder's handlers inside an app of the Teams SDK, to move one handler at a time."""

from aiohttp import web
from botbuilder.core import ActivityHandler
from microsoft_teams.apps import App
from microsoft_teams.botbuilder import BotBuilderAdapter

from samples.shared.bot import connect as connect_botbuilder
from samples.teams_sdk.bot import connect
from samples.teams_sdk.endpoint import Server


def bridged(old: ActivityHandler) -> tuple[App, web.Application]:
    """Make an app whose handlers run after botbuilder's, and its web application.

    Add the new handlers to the app, await `App.initialize`, and serve the web application.
    """
    server = Server()
    bridge = BotBuilderAdapter(
        handler=old,
        cloud_adapter=connect_botbuilder().adapter,
        http_server_adapter=server,
    )
    return connect(bridge), server.app
