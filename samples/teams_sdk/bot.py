"""Make the SDK's app, whose client checks each URL before the token is sent to it."""

from httpx import Response
from microsoft_teams.api.auth.cloud_environment import from_name
from microsoft_teams.apps import App
from microsoft_teams.apps.http import HttpServerAdapter
from microsoft_teams.common import Client, ClientOptions
from microsoft_teams.common.http import MiddlewareContext, MiddlewareNext

from samples.shared.clouds import cloud, clouds
from samples.shared.service_urls import check_environment, is_loopback, require_allowed
from samples.shared.settings import optional_setting, setting


class SignInFailed(Exception):
    """Entra gave the bot no token. The SDK raises a plain ValueError."""


class OnlyToTeams:
    """Middleware of the SDK's client that checks the URL of each request.

    It runs before the token is fetched, and raises ServiceUrlNotAllowed.
    """

    async def send(self, context: MiddlewareContext, next: MiddlewareNext) -> Response:
        require_allowed(context.url, signed_in=bool(optional_setting("MicrosoftAppId")))
        try:
            answer: Response = await next()
        except ValueError as error:
            raise SignInFailed(str(error)) from error
        return answer


def connect(server: HttpServerAdapter | None = None) -> App:
    """Make the app of the bot whose credentials are in the environment.

    Without an app ID the bot does not sign in, which only Local Teams accepts.

    Args:
        server: receives activities, in a bot that does.

    Raises:
        SystemExit: a variable is missing or wrong; the message names it.
    """
    check_environment()
    here = cloud()
    app_id, service_url = optional_setting("MicrosoftAppId"), setting("TEAMS_SERVICE_URL")
    if not app_id and not is_loopback(service_url):
        setting("MicrosoftAppId")
    client = Client(ClientOptions(timeout=100))  # in seconds; without one, the SDK waits forever
    client.use(OnlyToTeams())
    return App(
        client=client,
        service_url=service_url,
        client_id=app_id or None,
        client_secret=optional_setting("MicrosoftAppPassword") or None,
        tenant_id=optional_setting("MicrosoftAppTenantId") or None,
        managed_identity_client_id=optional_setting("MANAGED_IDENTITY_CLIENT_ID") or None,
        cloud=from_name(clouds()[0].setting if here.is_public else here.setting),
        dangerously_allow_unauthenticated_requests=not app_id,
        **({"http_server_adapter": server} if server else {}),
    )
