"""The bot's web server: Teams posts activities to /api/messages, and the SDK's app handles them."""

from __future__ import annotations

from aiohttp import web
from microsoft_teams.apps.http import HttpMethod, HttpRequest, HttpRouteHandler

from samples.shared.activities import wrong
from samples.shared.bodies import BodyRefused, read_object
from samples.shared.serving import web_application
from samples.shared.tenants import is_body_of_allowed_tenant

# What Teams reports when an app with a new version is installed; the SDK answers these with 500.
UPGRADES = {"add-upgrade": "upgrade", "remove-upgrade": "remove"}


class Server:
    """Lets the SDK's app receive with aiohttp, on this machine only, beside your own routes.

    The SDK's own server is FastAPI, and listens on every network of the machine.

    Attributes:
        app: the web application; add routes, and serve it after `App.initialize`.
    """

    def __init__(self) -> None:
        self.app = web_application()

    def register_route(self, method: HttpMethod, path: str, handler: HttpRouteHandler) -> None:
        """Called by the SDK's app."""

        async def handle(request: web.Request) -> web.Response:
            try:
                payload = await read_object(request)
                if reason := wrong(payload):
                    raise BodyRefused(400, reason)
            except BodyRefused as refused:
                return web.json_response({"error": str(refused)}, status=refused.status)
            if not is_body_of_allowed_tenant(payload):
                return web.json_response({"error": "Unauthorized"}, status=401)
            if (action := payload.get("action")) in UPGRADES:
                payload["action"] = UPGRADES[action]
            headers = {name.lower(): value for name, value in request.headers.items()}
            answer = await handler(HttpRequest(body=payload, headers=headers))
            if answer.get("body") is None:
                return web.Response(status=answer["status"])
            return web.json_response(answer["body"], status=answer["status"])

        self.app.router.add_route(method, path, handle)

    def serve_static(self, path: str, directory: str) -> None:
        """Called by the SDK's app, for tabs; this bot has none."""

    async def start(self, port: int) -> None:
        """Called by `App.start`, for a server of the SDK's own."""
        raise NotImplementedError("Serve `app`.")

    async def stop(self) -> None:
        """Called by `App.stop`."""
