"""Nothing that names a tenant, a person or a place gets through."""

from __future__ import annotations

from typing import Any

import pytest

from samples.runner.conformance.asking import NOT_JSON, Answer
from samples.runner.conformance.masking import Mask, leaks

TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
CHANNEL = "19:abc0123456789@thread.tacv2"
KNOWN = {"tenant": TENANT, "user": "29:1AbCdEf-_x", "channel": CHANNEL, "app": "", "bot": "28:"}


def masked(body: Any, *learned: Any) -> Any:
    mask = Mask(KNOWN, ["eyJ.token"])
    for each in learned:
        mask.learn(Answer(200, {}, each))
    return mask.answer(Answer(200, {}, body))["body"]


def text(message: str, *learned: Any) -> str:
    return str(masked({"error": {"message": message}}, *learned)["error"]["message"])


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (TENANT.upper(), "<tenant>"),
        (CHANNEL, "<channel>"),
        (f"{CHANNEL};messageid=1700000000000", "19:<id>;messageid=<number>"),
        ("29:1someoneElse", "29:<id>"),
        ("a:1chat", "a:<id>"),
        ("00000000-0000-4000-8000-000000000000", "<guid>"),
        ("1700000000000", "<number>"),
        ("https://contoso.sharepoint.com/x", "<url>"),
        ("Ada Lovelace", "<text>"),
        ("", ""),
        (7, "<number>"),
        (True, True),
        (None, None),
    ],
)
def test_a_value_shows_its_kind(value: Any, shown: Any) -> None:
    assert masked({"id": value}) == {"id": shown}


def test_a_list_shows_the_kinds_of_what_is_in_it() -> None:
    people = [{"id": KNOWN["user"], "name": "Ada"}, {"id": "29:1x", "name": "Bob"}, {"id": "29:1y"}]
    assert masked({"members": people}) == {
        "members": [{"id": "29:<id>", "name": "<text>"}, {"id": "29:<id>"}]
    }


def test_codes_and_the_words_of_teams_remain() -> None:
    body = {
        "error": {"code": "BadSyntax", "message": "Could not parse tenant id"},
        "errorCode": 209,
    }
    assert masked(body) == body
    assert masked({"error": {"code": "Bad Argument"}}) == {"error": {"code": "Bad Argument"}}


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        (f"The tenant {TENANT.upper()} is unknown", "The tenant <tenant> is unknown"),
        ("No chat 19:xyz@thread.v2;messageid=17 here", "No chat 19:<id> here"),
        ("ask ada.lovelace@contoso.com", "ask <address>"),
        ("see https://contoso.com/a?b=c now", "see <url> now"),
        ("Trace 0HN7ABCDEF123:00000001", "<word> <id>:<number>"),
        ("Trace id 7f2b8c0d9e1f4a5b", "<word> id <id>"),
        ("The app 'fabrikam' is not in the roster", "The app '<text>' is not in the roster"),
        ("The Fabrikam app is not installed", "The <word> app is not installed"),
        ("The token eyJ.token failed", "The token <text> failed"),
        ("number 4711", "number <number>"),
    ],
)
def test_a_message_loses_what_is_of_a_tenant(message: str, shown: str) -> None:
    assert text(message) == shown


def test_a_message_loses_names_that_other_answers_have() -> None:
    roster = {"members": [{"name": "grace hopper", "givenName": "grace"}]}
    assert text("grace and grace hopper left", roster) == "<text> and <text> left"


def test_json_in_a_message_is_masked_as_json() -> None:
    inner = '{"subCode": "MessageWritesBlocked", "who": "Ada"}'
    assert text(inner) == '{"subCode": "MessageWritesBlocked", "who": "<text>"}'
    assert text('{"subCode') == "<text>"


def test_a_field_that_is_an_id_is_masked_too() -> None:
    assert masked({TENANT: 1, "weather": 2}) == {"<field>": "<number>", "weather": "<number>"}


def test_a_code_that_is_a_name_is_masked() -> None:
    assert masked({"code": "grace"}, {"name": "grace"}) == {"code": "<text>"}
    assert masked({"code": "not a-code 12345"}) == {"code": "not a-code <number>"}


def test_what_is_not_json_is_not_kept() -> None:
    assert masked(NOT_JSON) == NOT_JSON


def test_only_telling_headers_are_kept() -> None:
    headers = {
        "content-type": "application/json; charset=utf-8",
        "Server": "Microsoft-HTTPAPI/2.0",
        "Allow": "GET, POST",
        "WWW-Authenticate": f'Bearer authorization_uri="https://login/{TENANT}", realm="Contoso"',
        "Location": "https://contoso.com/",
        "Set-Cookie": "secret",
    }
    assert Mask(KNOWN).answer(Answer(200, headers))["headers"] == {
        "Content-Type": "application/json; charset=utf-8",
        "Server": "Microsoft-HTTPAPI/2.0",
        "Allow": "GET, POST",
        "WWW-Authenticate": 'Bearer authorization_uri="<url>", realm="<text>"',
        "Location": "<present>",
    }
    odd = Mask(KNOWN).answer(Answer(200, {"Server": f"node {TENANT}"}))
    assert odd["headers"] == {"Server": "node <tenant>"}


def test_the_last_check_finds_what_the_mask_missed() -> None:
    recording = [{"body": {"Grace": [1, "the secret-7"]}}]
    assert leaks(recording, ["secret-7", "GRACE", "absent", "the"]) == ["secret-7", "GRACE"]
    assert leaks(recording, ["grace"], harmless="Grace") == []
