"""What tests of sign-in share: a program that signs in, and how it checks a signature."""

from __future__ import annotations

import os
import time
from typing import Any
from unittest.mock import patch

import jwt

from samples.local_teams.testing import LocalTeams
from samples.send.to_person import message_person
from samples.shared.bot import connect

GRAPH = "https://graph.microsoft.com"
PAST = int(time.time()) - 3600


async def hello(strict_teams: LocalTeams) -> None:
    """Write to Ada with what the environment says."""
    with patch.dict(os.environ, TEAMS_ALLOWED_SERVICE_URLS=strict_teams.service_url):
        await message_person(
            connect(),
            service_url=strict_teams.service_url,
            tenant_id=strict_teams.world.tenant_id,
            user_id=strict_teams.world.people[0].id,
            text="Hello",
        )


def signed_by(token: str, keys: list[dict[str, Any]], audience: str) -> dict[str, Any]:
    [key] = [key for key in keys if key["kid"] == jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, Any] = jwt.decode(token, jwt.PyJWK(key), audience=audience)
    return claims
