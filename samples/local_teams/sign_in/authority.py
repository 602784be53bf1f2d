"""The authority: keys, and the tokens that are made and checked with them.

A bot asks login.microsoftonline.com for a token and shows it to Teams; Teams shows the bot one of
its own, which the bot checks with the keys at login.botframework.com. Both kinds are made here.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any, Self

from ...facts import facts
from ..model.exchange import Refused, Request, Response
from ..model.messages import Activity
from ..model.world import World
from ..services.address import parse_address
from ..services.graph.service import unauthorized
from .extra import from_extra

with from_extra():
    import jwt
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import rsa
    from jwt.algorithms import RSAAlgorithm

PUBLIC: dict[str, str] = facts()["clouds"][0]
CONNECTOR = PUBLIC["audience"]  # of a bot's tokens
LIFETIME = 3600  # seconds


class Authority:
    """Makes and checks tokens for one SingleTenant bot, by the machine's clock, as the SDKs do.

    Attributes:
        password: the client secret of the bot.
        certificates: the certificates that are uploaded to the app registration, with which the bot
            may sign in too.
        identity: the object ID of the managed identity that the app registration trusts; empty for
            none.
        roles: the application permissions of Microsoft Graph, as its tokens name them.
        cloud: a row of `[[clouds]]` in facts.toml: the addresses and names in tokens.
        asked: the requests to the hosts of `signing_in`, for example
            `POST login.microsoftonline.com/…/oauth2/v2.0/token`, oldest first.
    """

    def __init__(
        self,
        *,
        app_id: str,
        tenant_id: str,
        password: str = "made-up-for-local-teams",
        cloud: dict[str, str] = PUBLIC,
    ) -> None:
        self.app_id, self.tenant_id, self.password = app_id, tenant_id, password
        self.cloud = cloud
        self.certificates: list[x509.Certificate] = []
        self.identity = ""
        self.roles: list[str] = []
        self.asked: list[str] = []
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._jwk: dict[str, Any] = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        self._jwk |= {"kid": self._jwk["n"][:27], "use": "sig", "endorsements": ["msteams"]}

    @classmethod
    def of(cls, world: World, cloud: dict[str, str] = PUBLIC) -> Self:
        """The authority for a world's bot in the world's tenant, with what Graph allows it."""
        authority = cls(app_id=world.bot_app_id, tenant_id=world.tenant_id, cloud=cloud)
        authority.roles = sorted(world.granted)
        return authority

    @property
    def keys(self) -> list[dict[str, Any]]:
        """The public keys, as JWKs; `endorsements` names the channels they are valid for."""
        return [self._jwk]

    def token(self, **claims: Any) -> str:
        """A signed token (JWT, RS256), valid from now on for an hour.

        Args:
            claims: its claims; with `exp` and `nbf`, in seconds since 1970, another lifetime.
        """
        now = int(time.time())
        payload = {"iat": now, "nbf": now, "exp": now + LIFETIME, **claims}
        return jwt.encode(payload, self._key, "RS256", {"kid": self._jwk["kid"]})

    def bot_token(self, audience: str = "", **claims: Any) -> str:
        """A token as Entra issues it to the bot (facts.toml, connector-authentication).

        Args:
            audience: the service that it is for; the Connector when empty.
            claims: claims that differ, for a token that the service refuses.
        """
        audience = audience or self.cloud["audience"]
        roles = {"roles": self.roles} if audience == self.cloud["graph"] and self.roles else {}
        return self.token(
            **{
                "aud": audience,
                "iss": f"https://sts.windows.net/{self.tenant_id}/",
                "appid": self.app_id,
                "tid": self.tenant_id,
                "ver": "1.0",
                **roles,
                **claims,
            }
        )

    def sign(self, activity: Activity, **claims: Any) -> str:
        """The Authorization header with which Teams sends the bot an activity.

        Args:
            claims: claims that differ, for a token that the bot refuses.
        """
        usual = {
            "iss": self.cloud["issuer"],
            "aud": self.app_id,
            "serviceurl": activity["serviceUrl"],
        }
        return f"Bearer {self.token(**{**usual, **claims})}"

    def check(self, request: Request) -> Response | None:
        """The refusal of a request whose token is not the bot's; None when it is.

        A token must be signed here, in time, by the tenant, and for the service that the request
        goes to: the Connector or Graph. A token that is all that, but of another app, gets
        BotNotRegistered (facts.toml, errors).
        """
        for_graph = parse_address(request.path).is_graph
        headers = {name.lower(): value for name, value in request.headers.items()}
        scheme, _, token = headers.get("authorization", "").partition(" ")
        try:
            claims = jwt.decode(
                token if scheme.lower() == "bearer" else "",
                self._key.public_key(),
                algorithms=["RS256"],
                audience=self.cloud["graph" if for_graph else "audience"],
                issuer=f"https://sts.windows.net/{self.tenant_id}/",
                options={"require": ["exp", "nbf"]},
            )
        except (jwt.InvalidTokenError, ValueError, TypeError, RecursionError):
            if for_graph:
                return unauthorized(request, datetime.now(UTC))
            return _unauthorized("")
        if claims.get("appid") != self.app_id:
            return _unauthorized("BotNotRegistered")
        return None


def _unauthorized(code: str) -> Response:
    """401 as live Teams answers it."""
    body = json.dumps(Refused(401, code).body).encode()
    return Response(401, {"Content-Type": "application/json; charset=utf-8"}, body)
