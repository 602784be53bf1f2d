"""Programs that sign in on this machine: samples, and libraries that read the environment."""

from __future__ import annotations

import json
import subprocess
import sys

import jwt
import pytest
import requests
from aiohttp import web

from samples.local_teams.model.contoso import contoso
from samples.local_teams.server.signing_in import signing_in
from samples.local_teams.sign_in.authority import CONNECTOR, Authority
from samples.local_teams.sign_in.bot_framework import KEYS
from samples.runner.recording import recording, rehearse
from samples.runner.registry import find, samples
from samples.runner.running import run
from samples.runner.stories import read_story
from tests.support import ROOT
from tests.support.signing import GRAPH

# Stories take seconds each. These have what differs when signed in: a bot that answers within the
# turn and one that is called from outside.
STORIES = {"proactive_bot", "notify"}


@pytest.mark.parametrize(
    "sample",
    [name for name in samples() if name in STORIES or not read_story(find(name)).steps],
)
def test_a_sample_that_signs_in_does_what_it_does_without(sample: str) -> None:
    repeated = json.loads(recording(rehearse(sample, sign_in=True)))
    unsigned = (ROOT / "docs" / "recorded" / f"{sample}.json").read_text("utf-8")
    # Without an app id the bot's id is 28: and nothing more; to_known_chat prints it.
    recorded = json.loads(unsigned.replace(r"\"28:\"", rf"\"28:{contoso().bot_app_id}\""))
    for key in ("printed", "complaint", "arrived"):
        assert repeated[key] == recorded[key]


def test_every_request_of_a_run_shows_the_bots_token_and_its_id() -> None:
    done = run("to_person", sign_in=True)
    app_id = contoso().bot_app_id
    assert len(done.wire) == 2
    for exchange in done.wire:
        scheme, _, token = exchange.request.headers["Authorization"].partition(" ")
        claims = jwt.decode(token, options={"verify_signature": False})
        assert (scheme, claims["appid"], claims["aud"]) == ("Bearer", app_id, CONNECTOR)
    assert done.wire[0].request.json["bot"]["id"] == f"28:{app_id}"


def test_more_hosts_can_be_served(authority: Authority) -> None:
    async def me(request: web.Request) -> web.Response:
        return web.json_response({"asked": request.path})

    graph = web.Application()
    graph.router.add_get("/v1.0/me", me)
    with signing_in(authority, hosts={"graph.microsoft.com": graph}) as variables:
        answer = requests.get(
            f"{GRAPH}/v1.0/me",
            proxies={"https": variables["HTTPS_PROXY"]},
            verify=variables["SSL_CERT_FILE"],
        )
    assert answer.json() == {"asked": "/v1.0/me"}
    assert authority.asked[-1] == "GET graph.microsoft.com/v1.0/me"


def test_a_form_that_is_none_is_refused(
    authority: Authority, sign_in_environ: dict[str, str]
) -> None:
    answer = requests.post(
        f"{authority.cloud['login']}/{authority.tenant_id}/oauth2/v2.0/token",
        data="no parts",
        headers={"Content-Type": "multipart/form-data"},
        proxies={"https": sign_in_environ["HTTPS_PROXY"]},
        verify=sign_in_environ["SSL_CERT_FILE"],
    )
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})


def test_a_program_that_uses_aiohttp_is_led_there_too(sign_in_environ: dict[str, str]) -> None:
    """In a process of its own: aiohttp reads whom to trust when it is imported."""
    program = f"""if True:
        import asyncio, aiohttp
        async def ask():
            async with aiohttp.ClientSession(trust_env=True) as session:
                async with session.get("https://{KEYS}/v1/.well-known/keys") as answer:
                    print(answer.status)
        asyncio.run(ask())"""
    asked = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (asked.stdout, asked.stderr) == ("200\n", "")


def test_who_does_not_sign_in_needs_no_cryptography() -> None:
    """The Connector and the world also run where there is none."""
    program = (
        "import sys; sys.modules['cryptography'] = sys.modules['jwt'] = None\n"
        "import samples.local_teams.services.connector, samples.local_teams.events.actions\n"
        "import samples.local_teams.server.app"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)
