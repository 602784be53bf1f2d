"""The bot's web server: Teams posts activities to /api/messages, and the SDK's app handles them."""

from __future__ import annotations

import logging
import warnings

from aiohttp import web
from microsoft_agents.hosting.aiohttp import jwt_authorization_middleware, start_agent_process

from samples.agents_sdk.bot import Bot
from samples.agents_sdk.failure import SEND_ERRORS, Failure
from samples.shared.activities import wrong
from samples.shared.bodies import BodyRefused, read_object
from samples.shared.printing import one_line
from samples.shared.serving import web_application
from samples.shared.tenants import is_body_of_allowed_tenant

log = logging.getLogger(__name__)
# The SDK's middleware uses strings as keys, and aiohttp warns of each.
warnings.filterwarnings("ignore", category=web.NotAppKeyWarning)


def messages_app(bot: Bot) -> web.Application:
    """Make a web application that passes every activity from Teams to the SDK's app.

    When the bot signs in, each request needs a token from Teams, or gets 401. Without an app ID no
    token is checked, which is for Local Teams only.
    """

    async def messages(request: web.Request) -> web.StreamResponse:
        try:
            payload = await read_object(request)
            if reason := wrong(payload):
                raise BodyRefused(400, reason)
        except BodyRefused as refused:
            return web.json_response({"error": str(refused)}, status=refused.status)
        if not is_body_of_allowed_tenant(payload):
            return web.json_response({"error": "Unauthorized"}, status=401)
        try:
            answer: web.Response = await start_agent_process(request, bot.app, bot.adapter)
        except SEND_ERRORS as error:
            log.error("The bot could not answer: %s", one_line(Failure.of(error)))
            return web.json_response({"error": "The bot could not answer."}, status=500)
        return answer

    # A warning for each activity that has no handler.
    logging.getLogger("microsoft_agents.hosting.core.app.agent_application").setLevel(logging.ERROR)
    app = web_application()
    app.middlewares.append(jwt_authorization_middleware)
    app["agent_configuration"] = bot.configuration  # where the SDK's middleware looks
    app.router.add_post("/api/messages", messages)
    return app
