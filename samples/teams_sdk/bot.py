"""Make the SDK's app, whose client checks each URL before the token is sent to it."""

from httpx import Response
from microsoft_teams.api.auth.cloud_environment import from_name
from microsoft_teams.apps import App
from microsoft_teams.common import Client
from microsoft_teams.common.http import MiddlewareContext, MiddlewareNext

from samples.shared.clouds import cloud, clouds
from samples.shared.service_urls import check_environment, require_allowed
from samples.shared.settings import optional_setting, setting


class OnlyToTeams:
    """Middleware of the SDK's client that checks the URL of each request.

    It runs before the token is fetched, and raises ServiceUrlNotAllowed.
    """

    async def send(self, context: MiddlewareContext, next: MiddlewareNext) -> Response:
        require_allowed(context.url, signed_in=bool(optional_setting("MicrosoftAppId")))
        answer: Response = await next()
        return answer


def connect() -> App:
    """Make the app of the bot whose credentials are in the environment.

    Without an app ID the bot does not sign in, which only Local Teams accepts.

    Raises:
        SystemExit: a variable is missing or wrong; the message names it.
    """
    check_environment()
    here = cloud()
    client = Client()
    client.use(OnlyToTeams())
    return App(
        client=client,
        service_url=setting("TEAMS_SERVICE_URL"),
        client_id=optional_setting("MicrosoftAppId") or None,
        client_secret=optional_setting("MicrosoftAppPassword") or None,
        tenant_id=optional_setting("MicrosoftAppTenantId") or None,
        managed_identity_client_id=optional_setting("MANAGED_IDENTITY_CLIENT_ID") or None,
        cloud=from_name(clouds()[0].setting if here.is_public else here.setting),
    )
