"""login.microsoftonline.com: who gets a token, and what the others get."""

from __future__ import annotations

import pytest
import requests
from azure.identity import ClientSecretCredential

from samples.local_teams.sign_in.authority import CONNECTOR, Authority
from samples.local_teams.sign_in.entra import LOGIN
from samples.local_teams.testing import LocalTeams
from tests.support.signing import GRAPH, hello, signed_by


@pytest.mark.parametrize(
    ("changed", "tenant", "error", "said"),
    [
        ({"client_secret": "wrong"}, "", "invalid_client", "AADSTS7000215: Invalid client secret"),
        ({"client_id": "7f0f"}, "", "unauthorized_client", "identifier '7f0f' was not found"),
        ({}, "botframework.com", "unauthorized_client", "in the directory 'Bot Framework'"),
        ({}, "fabrikam", "invalid_tenant", "AADSTS90002: Tenant 'fabrikam' not found"),
        ({"scope": CONNECTOR}, "", "invalid_scope", f"scope {CONNECTOR} is not valid"),
        ({"grant_type": "password"}, "", "unsupported_grant_type", "grant type 'password'"),
    ],
)
@pytest.mark.usefixtures("sign_in_environ")
def test_who_may_not_sign_in_is_told_why(
    authority: Authority, changed: dict[str, str], tenant: str, error: str, said: str
) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": authority.app_id,
        "client_secret": authority.password,
        "scope": f"{CONNECTOR}/.default",
    }
    url = f"https://{LOGIN}/{tenant or authority.tenant_id}/oauth2/v2.0/token"
    answer = requests.post(url, data=form | changed)
    assert answer.status_code == (401 if error == "invalid_client" else 400)
    payload = answer.json()
    assert payload["error"] == error and said in payload["error_description"]
    assert f"AADSTS{payload['error_codes'][0]}:" in payload["error_description"]
    assert "access_token" not in payload
    assert requests.post(url, data=form).status_code == (400 if tenant else 200)


@pytest.mark.usefixtures("sign_in_environ")
async def test_a_tenant_that_is_not_there_has_no_sign_in(
    strict_teams: LocalTeams, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK's error is not among SEND_ERRORS: it is one of settings, not of sending."""
    monkeypatch.setenv("MicrosoftAppTenantId", "fabrikam")
    with pytest.raises(ValueError, match=r"Unable to get authority configuration for .*/fabrikam"):
        await hello(strict_teams)


@pytest.mark.usefixtures("sign_in_environ")
def test_graph_gets_a_token_of_its_own(authority: Authority) -> None:
    """The audience follows the scope; azure-identity asks where Entra is before it asks Entra."""
    credentials = (authority.tenant_id, authority.app_id, authority.password)
    keys = requests.get(f"https://{LOGIN}/common/discovery/v2.0/keys").json()["keys"]
    with ClientSecretCredential(*credentials) as credential:
        token = credential.get_token(f"{GRAPH}/.default").token
    assert signed_by(token, keys, GRAPH)["appid"] == authority.app_id
