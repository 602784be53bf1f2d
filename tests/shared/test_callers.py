"""Programs that sign in with Entra ID: whose token lets them call, and whose does not."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from cryptography.hazmat.primitives.asymmetric import rsa

from samples.local_teams.sign_in.authority import Authority
from samples.runner.recording import recording
from samples.runner.registry import find
from samples.runner.stories import read_story
from samples.shared import callers as module
from samples.shared.callers import (
    Callers,
    CallRefused,
    EntraCallers,
    SharedSecret,
    callers_from_environment,
)
from samples.shared.settings import VARIABLES
from tests.support.talking import looks_at, story

API = "6f2c7f0e-0000-4000-8000-00000000a0b1"
ROLE = "Notifications.Send"
LOGIN = "https://login.microsoftonline.com"
Claims = dict[str, Any]


@pytest.fixture
def callers(in_a_tenant: Authority, monkeypatch: pytest.MonkeyPatch) -> Callers:
    """Who may call a bot that has NOTIFY_AUDIENCE; Entra is Local Teams'."""
    monkeypatch.setenv("NOTIFY_AUDIENCE", API)
    monkeypatch.setenv("TEAMS_TENANT_ID", in_a_tenant.tenant_id)
    return callers_from_environment("NOTIFY")


def token(authority: Authority, **changed: Any) -> str:
    """A v2.0 token as Entra issues it to an application with the role; None drops a claim."""
    tenant = authority.tenant_id
    claims = {
        "aud": API,
        "iss": f"{LOGIN}/{tenant}/v2.0",
        "tid": tenant,
        "azp": "11111111-0000-4000-8000-000000000000",
        "roles": [ROLE],
        "ver": "2.0",
    } | changed
    return authority.token(**{name: value for name, value in claims.items() if value is not None})


async def ask(callers: Callers, header: str | None) -> tuple[int, str]:
    headers = {} if header is None else {"Authorization": header}
    try:
        await callers.check(make_mocked_request("POST", "/api/notify", headers=headers))
    except CallRefused as refused:
        assert (refused.response().headers.get("WWW-Authenticate") == "Bearer") == (
            refused.status == 401
        )
        return refused.status, str(refused)
    return 202, ""


async def test_an_application_with_the_role_may_call(
    callers: Callers, in_a_tenant: Authority
) -> None:
    version_1 = {"iss": f"https://sts.windows.net/{in_a_tenant.tenant_id}/", "ver": "1.0"}
    for shown in (token(in_a_tenant), token(in_a_tenant, **version_1, idtyp="app")):
        assert await ask(callers, f"Bearer {shown}") == (202, "")
    assert sum("/discovery/v2.0/keys" in one for one in in_a_tenant.asked) == 1


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"aud": "https://api.botframework.com"}, 401),
        ({"aud": f"{API}x"}, 401),
        ({"aud": None}, 401),
        ({"iss": f"{LOGIN}/11111111-0000-4000-8000-000000000000/v2.0"}, 401),
        ({"iss": None}, 401),
        ({"tid": "11111111-0000-4000-8000-000000000000"}, 401),
        ({"tid": None}, 401),
        ({"exp": int(time.time()) - 3600}, 401),
        ({"nbf": int(time.time()) + 3600}, 401),
        ({"roles": None}, 403),
        ({"roles": []}, 403),
        ({"roles": ["Notifications.Other"]}, 403),
        ({"roles": f"x {ROLE}"}, 403),
        ({"roles": ROLE}, 403),
        ({"roles": {ROLE: 1}}, 403),
        ({"scp": "access_as_user"}, 403),
        ({"idtyp": "user"}, 403),
    ],
)
async def test_a_token_with_another_claim_may_not(
    callers: Callers, in_a_tenant: Authority, changed: Claims, status: int
) -> None:
    shown = token(in_a_tenant, **changed)
    got, text = await ask(callers, f"Bearer {shown}")
    assert got == status and shown not in text


async def test_a_token_that_entra_did_not_sign_may_not(
    callers: Callers, in_a_tenant: Authority
) -> None:
    good = token(in_a_tenant)
    header = jwt.get_unverified_header(good)
    claims = jwt.decode(good, options={"verify_signature": False})
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    head, body, signature = good.split(".")
    for shown in (
        jwt.encode(claims, stranger, "RS256", {"kid": header["kid"]}),
        jwt.encode(claims, stranger, "RS256", {"kid": "another"}),
        jwt.encode(claims, stranger, "RS256"),
        jwt.encode(claims, None, "none", {"kid": header["kid"]}),
        jwt.encode(claims, in_a_tenant.keys[0]["n"], "HS256", {"kid": header["kid"]}),
        f"{head}.{body}.",
        f"{head}.{body}.{signature[:-4]}AAAA",
        f"{head}.{body[:-2]}.{signature}",
        "a.b.c",
        "..",
        "\u00e4",
        "a" * 7000,
    ):
        status, text = await ask(callers, f"Bearer {shown}")
        assert status == 401 and text.startswith("The token is not valid")
    for nothing in (None, "", "Bearer", "Bearer ", f"Basic {good}", good):
        assert (await ask(callers, nothing))[0] == 401
    # Tokens with made-up keys do not make the bot ask Entra each time.
    assert sum("/discovery/v2.0/keys" in one for one in in_a_tenant.asked) == 1


async def test_while_entra_is_away_the_caller_is_asked_to_come_back(
    callers: Callers, in_a_tenant: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    shown = f"Bearer {token(in_a_tenant)}"
    away = (503, "The keys of Entra ID cannot be fetched.")
    assert [await ask(callers, shown), await ask(callers, shown)] == [away, away]
    monkeypatch.undo()


@pytest.mark.parametrize("prefix", ["NOTIFY", "PRICES"])
def test_who_sets_neither_learns_of_both_ways(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, prefix: str
) -> None:
    monkeypatch.setattr("samples.shared.settings.SAMPLES", tmp_path)  # a project of the reader's
    monkeypatch.setenv(f"{prefix}_TOKEN", "")
    both = f"{prefix}_TOKEN is not set. .* {module.SHORTEST} or more .* {prefix}_AUDIENCE"
    with pytest.raises(SystemExit, match=both):
        callers_from_environment(prefix)
    known = VARIABLES.keys()
    assert {f"{prefix}_TOKEN", f"{prefix}_AUDIENCE", f"{prefix}_ROLE"} <= known
    assert module.ROLE in VARIABLES[f"{prefix}_ROLE"][1]


@pytest.mark.parametrize("prefix", ["NOTIFY", "PRICES"])
def test_a_short_secret_is_refused_everywhere(monkeypatch: pytest.MonkeyPatch, prefix: str) -> None:
    monkeypatch.setenv(f"{prefix}_TOKEN", "x" * (module.SHORTEST - 1))
    with pytest.raises(SystemExit, match=f"{prefix}_TOKEN has fewer than 32 characters"):
        callers_from_environment(prefix)
    monkeypatch.setenv(f"{prefix}_TOKEN", "x" * module.SHORTEST + "\n")
    found = callers_from_environment(prefix)
    assert found == SharedSecret("x" * module.SHORTEST) and "xxx" not in repr(found)


def test_a_tenant_that_is_none_is_refused() -> None:
    with pytest.raises(SystemExit, match=r"TEAMS_TENANT_ID is .* It must be a GUID"):
        EntraCallers("../x", API, ROLE)


def test_a_refusal_is_json() -> None:
    answer = CallRefused(403, "No.").response()
    assert isinstance(answer, web.Response) and answer.text == '{"error": "No."}'


@pytest.mark.parametrize(
    "sample",
    [
        pytest.param(name, marks=looks_at(name))
        for name in ("notify", "price_alert", "flag", "interject", "notification_queue")
    ],
)
def test_no_secret_is_in_what_a_run_writes(sample: str) -> None:
    """Neither what it prints nor what its page shows, where callers send the secret."""
    environment = read_story(find(sample)).environment
    secrets = [value for name, value in environment.items() if name.endswith("_TOKEN")]
    written = story(sample)
    assert secrets and not any(one in written.printed + recording(written) for one in secrets)
