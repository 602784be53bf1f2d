"""The hosts that SDKs use by default lead to Local Teams."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from samples.facts import facts
from samples.local_teams.model.faults import Fault
from samples.local_teams.server.forwarding import default_hosts
from samples.local_teams.server.signing_in import signing_in
from samples.local_teams.sign_in.authority import Authority
from samples.local_teams.testing import LocalTeams
from tests.support.signing import GRAPH

CONNECTOR = "https://smba.trafficmanager.net"


@pytest.fixture
def led(authority: Authority, strict_teams: LocalTeams) -> Iterator[requests.Session]:
    """Whoever asks the hosts of Teams here, asks Local Teams."""
    with (
        signing_in(authority, local_teams=strict_teams.service_url) as variables,
        requests.Session() as session,
    ):
        session.trust_env = False
        session.proxies = {"https": variables["HTTPS_PROXY"]}
        session.verify = variables["SSL_CERT_FILE"]
        session.headers["Authorization"] = f"Bearer {authority.bot_token()}"
        yield session


@pytest.mark.parametrize("region", ["teams", "amer", "emea", "apac", "in"])
def test_every_region_of_the_connector_is_local_teams(
    region: str, led: requests.Session, strict_teams: LocalTeams
) -> None:
    chat = strict_teams.world.personal_chat(strict_teams.world.people[0])
    url = f"{CONNECTOR}/{region}/v3/conversations/{chat.id.replace(':', '%3A')}/activities"
    answer = led.post(url, json={"type": "message", "text": "Hello"})
    assert answer.status_code == 201
    assert strict_teams.chat("Ada").texts == ["Hello"]
    [exchange] = strict_teams.wire
    assert exchange.request.path == url.removeprefix(CONNECTOR)  # as it was written
    assert answer.headers["MS-CV"] == exchange.response.headers["MS-CV"]


def test_graph_is_local_teams(
    led: requests.Session, authority: Authority, strict_teams: LocalTeams
) -> None:
    led.headers["Authorization"] = f"Bearer {authority.bot_token(GRAPH)}"
    url = f"{GRAPH}/v1.0/groups/{strict_teams.world.groups[0].id}/members"
    assert len(led.get(url).json()["value"]) == len(strict_teams.world.people)
    del led.headers["Authorization"]
    assert led.get(url).status_code == 401


def test_a_lost_connection_is_lost_here_too(
    led: requests.Session, strict_teams: LocalTeams
) -> None:
    strict_teams.world.faults.append(Fault(drop=True))
    with pytest.raises(requests.ConnectionError):
        led.post(f"{CONNECTOR}/teams/v3/conversations", json={})


def test_without_local_teams_it_says_so(authority: Authority) -> None:
    with signing_in(authority, local_teams="http://127.0.0.1:1/") as variables:
        answer = requests.get(
            f"{CONNECTOR}/teams/v3/conversations",
            proxies={"https": variables["HTTPS_PROXY"]},
            verify=variables["SSL_CERT_FILE"],
        )
    assert answer.status_code == 502
    assert answer.json() == {"error": "Local Teams does not answer at http://127.0.0.1:1/"}


def test_each_cloud_has_hosts_of_its_own() -> None:
    hosts = {row["name"]: default_hosts(row) for row in facts()["clouds"]}
    assert hosts["Public"] == ["smba.trafficmanager.net", "graph.microsoft.com"]
    assert all("graph" in found[-1] for found in hosts.values())
