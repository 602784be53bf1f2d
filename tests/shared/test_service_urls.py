"""Where the bot's token goes, and what happens to a URL elsewhere."""

from __future__ import annotations

import pytest
from aiohttp import web
from botbuilder.schema import (
    ChannelAccount,
    ConversationAccount,
    ConversationReference,
)

from samples.facts import facts
from samples.local_teams.model.contoso import contoso
from samples.local_teams.server.serving import serving
from samples.local_teams.sign_in.authority import Authority
from samples.shared.bot import connect
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.sending import send
from samples.shared.service_urls import allowed_origins, check_environment, is_allowed, is_loopback
from tests.support.thief import Thief

# -- which URLs ------------------------------------------------------------------------------------

OF_TEAMS = [
    *filter(None, (cloud["service_url"] for cloud in facts()["clouds"])),
    "https://smba.trafficmanager.net",
    "https://smba.trafficmanager.net/emea/",
    "https://smba.trafficmanager.net:443/amer/1077a9ef-176a-4c0a-ae49-5335a993a9f0/",
    "HTTPS://SMBA.TrafficManager.NET/teams/",
    "https://smba.onyx.prod.teams.trafficmanager.net/teams",
    "https://frontend.botapi.msg.infra.teams.microsoftonline.cn/",
    "https://webchat.botframework.com/",
    "https://europe.directline.botframework.com/",
    "https://smba.trafficmanager.net/teams/v3/conversations/19%3Aa%40thread.tacv2/activities",
]
ON_THIS_MACHINE = [
    "http://127.0.0.1:3979/",
    "http://127.8.8.8/",
    "http://localhost:3979/",
    "http://LocalHost/",
    "https://localhost/",
    "http://[::1]:3979/",
    "http://[0:0:0:0:0:0:0:1]/",
]
ELSEWHERE = [
    "",
    "nonsense",
    "https://",
    "https:///teams/",
    "//smba.trafficmanager.net/teams/",
    "smba.trafficmanager.net/teams/",
    "http://smba.trafficmanager.net/teams/",  # a token goes over https only
    "ftp://smba.trafficmanager.net/teams/",
    "https://evil.example/",
    "https://evil.example/https://smba.trafficmanager.net/teams/",
    "https://smba.trafficmanager.net.evil.example/",
    "https://smba.trafficmanager.net@evil.example/",
    "https://smba.trafficmanager.net:443@evil.example/",
    "https://evil.example@smba.trafficmanager.net/",  # no service URL has a user either
    "https://smba.trafficmanager.net%2f@evil.example/",
    "https://evil.example\\@smba.trafficmanager.net/",
    "https://smba.trafficmanager.net\\.evil.example/",
    "https://evil.example#@smba.trafficmanager.net/",
    "https://evil.example?@smba.trafficmanager.net/",
    "https://smba.trafficmanager.net./teams/",  # a trailing dot
    "https://smba.trafficmanager.net:8443/teams/",
    "https://smba.trafficmanager.net:99999/teams/",
    "https://smba.trafficmanager.net:/teams/",
    "https://evil.trafficmanager.net/",  # anybody can have a name there
    "https://x.smba.trafficmanager.net/",
    "https://evilbotframework.com/",
    "https://botframework.com.evil.example/",
    "https://.botframework.com/",
    "https://a..botframework.com/",
    "https://evil-teams.microsoft.us/",
    "https://smba.trafficmanager\u3002net/teams/",  # a full stop that IDNA takes for a dot
    "https://smb\u0430.trafficmanager.net/teams/",  # its first a is Cyrillic
    "https://xn--smb-7cd.trafficmanager.net/teams/",  # the same, as punycode
    "https://smba.trafficmanager.net/teams/\r\nHost: evil.example",
    " https://smba.trafficmanager.net/teams/",
    "https://smba.trafficmanager.net /teams/",
    "https://smba.trafficmanager.net\t/teams/",
    "http://localhost.evil.example/",
    "http://localhost@evil.example/",
    "http://127.0.0.1.evil.example/",
    "http://127.0.0.1@evil.example/",
    "http://0.0.0.0/",
    "http://10.0.0.1/",
    "http://169.254.169.254/latest/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://[::ffff:10.0.0.1]/",
    "http://[fe80::1]/",
    "http://[::1/",
]


@pytest.fixture(autouse=True)
def no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEAMS_ALLOWED_SERVICE_URLS", raising=False)
    monkeypatch.delenv("MicrosoftAppId", raising=False)


@pytest.mark.parametrize("url", OF_TEAMS)
def test_a_service_url_of_teams_gets_the_token(url: str) -> None:
    assert is_allowed(url, signed_in=True) and is_allowed(url, signed_in=False)
    assert not is_loopback(url)


@pytest.mark.parametrize("url", ON_THIS_MACHINE)
def test_this_machine_gets_no_token_but_messages_of_who_has_none(url: str) -> None:
    assert not is_allowed(url, signed_in=True)
    assert is_allowed(url, signed_in=False) and is_loopback(url)


@pytest.mark.parametrize("url", ELSEWHERE)
def test_no_other_url_gets_anything(url: str) -> None:
    assert not is_allowed(url, signed_in=True)
    assert not is_allowed(url, signed_in=False) and not is_loopback(url)


def test_graph_and_teams_get_a_token_each() -> None:
    graph, teams = "https://graph.microsoft.com/v1.0", OF_TEAMS[0]
    assert is_allowed(graph, signed_in=True, hosts="graph_hosts")
    assert not is_allowed(graph, signed_in=True)
    assert not is_allowed(teams, signed_in=True, hosts="graph_hosts")


# -- the setting -----------------------------------------------------------------------------------


def test_one_setting_allows_more(monkeypatch: pytest.MonkeyPatch) -> None:
    setting = " https://Teams.contoso.example/ , http://127.0.0.1:3979/teams,, "
    monkeypatch.setenv("TEAMS_ALLOWED_SERVICE_URLS", setting)
    for url in ("https://teams.contoso.example/emea/", "http://127.0.0.1:3979/"):
        assert is_allowed(url, signed_in=True)
        assert is_allowed(url, signed_in=True, hosts="graph_hosts")  # Local Teams is both
    for url in (
        "http://teams.contoso.example/",
        "https://teams.contoso.example:8443/",
        "https://x.teams.contoso.example/",
        "https://teams.contoso.example@evil.example/",
        "http://127.0.0.1:3980/",
        "http://localhost:3979/",
    ):
        assert not is_allowed(url, signed_in=True)
    assert is_allowed(OF_TEAMS[0], signed_in=True)  # it adds, and replaces nothing


def test_an_empty_setting_allows_nothing_more() -> None:
    assert allowed_origins("") == allowed_origins(" , ") == frozenset()


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("teams.contoso.example", "contains 'teams.contoso.example', which is not a URL"),
        ("https://teams.contoso.example,*", "contains '*', which is not a URL"),
        ("https://*.contoso.example", "which is not a URL"),
        ("https://ada@teams.contoso.example", "which is not a URL"),
        ("http://teams.contoso.example/", "write https://teams.contoso.example/"),
    ],
)
def test_a_wrong_setting_is_named_at_the_start(
    monkeypatch: pytest.MonkeyPatch, setting: str, expected: str
) -> None:
    monkeypatch.setenv("TEAMS_ALLOWED_SERVICE_URLS", setting)
    with pytest.raises(SystemExit) as ended:
        connect()
    assert str(ended.value).startswith("TEAMS_ALLOWED_SERVICE_URLS ") and expected in str(
        ended.value
    )


def test_a_wrong_service_url_is_named_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, and not for each of ten thousand recipients."""
    monkeypatch.setenv("MicrosoftAppId", contoso().bot_app_id)
    monkeypatch.setenv("TEAMS_SERVICE_URL", "http://smba.trafficmanager.net/teams/")
    with pytest.raises(SystemExit) as ended:
        connect()
    assert str(ended.value) == (
        "TEAMS_SERVICE_URL: 'http://smba.trafficmanager.net/teams/' is not a service URL of Teams. "
        "A token goes over https only. Nothing was sent. "
        "If it is yours, add it to TEAMS_ALLOWED_SERVICE_URLS."
    )
    monkeypatch.setenv("TEAMS_SERVICE_URL", OF_TEAMS[0])
    check_environment()
    monkeypatch.setenv("TEAMS_SERVICE_URL", "")
    check_environment()


# -- the token does not leave ----------------------------------------------------------------------


def somewhere(url: str) -> ConversationReference:
    return ConversationReference(
        channel_id="msteams",
        service_url=url,
        bot=ChannelAccount(id="28:bot"),
        conversation=ConversationAccount(id="a:1"),
    )


async def test_neither_token_nor_message_go_to_a_stranger(
    in_a_tenant: Authority, thief: Thief
) -> None:
    with pytest.raises(SEND_ERRORS) as caught:
        await send(connect(), somewhere(thief.url), "The secret")
    assert thief.requests == [] and in_a_tenant.asked == []
    failure = Failure.of(caught.value)
    assert (failure.status, failure.code, failure.action) == (None, "ServiceUrlNotAllowed", "fix")
    assert not failure.maybe_arrived and not failure.to_send_again("send again")
    assert str(failure).startswith(f"Not sent. '{thief.url}' is not a service URL of Teams.\n")
    assert "TEAMS_ALLOWED_SERVICE_URLS" in str(failure)


async def test_neither_follow_a_redirect(
    in_a_tenant: Authority, thief: Thief, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def elsewhere(request: web.Request) -> web.Response:
        raise web.HTTPPermanentRedirect(f"{thief.url}{request.path[1:]}")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", elsewhere)
    with serving(app) as url:
        monkeypatch.setenv("TEAMS_ALLOWED_SERVICE_URLS", url)
        with pytest.raises(SEND_ERRORS) as caught:
            await send(connect(), somewhere(url), "The secret")
    assert thief.requests == [] and Failure.of(caught.value).status == 308


async def test_what_the_setting_names_gets_the_token(
    in_a_tenant: Authority, thief: Thief, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEAMS_ALLOWED_SERVICE_URLS", thief.url)
    await send(connect(), somewhere(thief.url), "Hello")
    [(line, token)] = thief.requests
    assert line.startswith("POST /v3/conversations/a:1/activities")
    assert token.startswith("Bearer ey")
