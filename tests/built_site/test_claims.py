"""What pages say about the SDK and Microsoft Graph: computed, or looked up in what is stored."""

from __future__ import annotations

import json
import logging
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from os import cpu_count
from pathlib import Path
from typing import Any

import pytest
from botbuilder.schema import Activity, ConversationAccount, ConversationReference

from samples.facts import facts, refusals
from samples.runner.app_package.rules import SCHEMA
from tests.support import ROOT

sys.path.insert(0, str(ROOT / "docs" / "plugins"))

import installed

STORED = ROOT / "tests" / "facts" / "graph_permissions.json"
PERMISSIONS: dict[str, Any] = json.loads(STORED.read_text("utf-8"))
OWN = "Notifications.Send"  # the app role of callers that samples/shared/callers.py expects
KNOWN = {*PERMISSIONS["graph"]["names"], *PERMISSIONS["resource_specific"]["names"], OWN}
# How the name of a permission looks: TeamsAppInstallation.ReadWriteSelfForUser.All, Chat.Create.
DEEDS = "Access|Add|Allow|Create|Delete|Detect|Edit|Manage|Read|Send|Stream|Update|Write"
NAME = re.compile(rf"\b[A-Z][A-Za-z]+\.(?:{DEEDS})[A-Za-z]*(?:\.[A-Z][A-Za-z]+)*\b")
TEXTS = (".md", ".py", ".toml", ".ipynb", ".json", ".svg")


def texts() -> list[Path]:
    """Every source of a page, a sample or a test in which a permission may be named."""
    return [
        ROOT / "README.md",
        *(
            file
            for folder in ("docs", "samples", "tests")
            for file in sorted((ROOT / folder).rglob("*"))
            if file.suffix in TEXTS
            and file.name not in (Path(__file__).name, STORED.name, SCHEMA.name)
        ),
    ]


# -- permissions of Graph --------------------------------------------------------------------------


def test_every_permission_that_is_named_exists() -> None:
    named: dict[str, set[str]] = {}
    for file in texts():
        for name in NAME.findall(file.read_text("utf-8")):
            named.setdefault(name, set()).add(str(file.relative_to(ROOT)))
    assert {name: files for name, files in named.items() if name not in KNOWN} == {}
    assert {"Chat.Create", "ChatMessageReadReceipt.Read.Chat", "User.Read.All"} <= set(named)


@pytest.mark.parametrize(
    "name", ["TeamsAppInstallation.ReadWriteForUser.Selected", "TeamsApInstallation.Read.All"]
)
def test_a_permission_that_does_not_exist_is_found(name: str) -> None:
    assert NAME.fullmatch(name) and name not in KNOWN


@pytest.mark.parametrize("row", facts()["graph_permissions"], ids=lambda row: row["call"])
def test_a_call_needs_what_the_reference_says(row: dict[str, Any]) -> None:
    """Each of its permissions is one of the call's, and the first is a least one.

    Where the least is a resource-specific one, which the guide's tables leave out, the reference
    does not say which of the others is.
    """
    method, _, path = row["request"].partition(" ")
    key = f"{method} {re.sub('{[^}]*}', '{id}', path).lower()}"
    reference = PERMISSIONS["graph"]["application"][key]
    assert set(row["roles"]) <= set(reference["application"])
    if not set(reference["least"]) & set(PERMISSIONS["resource_specific"]["names"]):
        assert row["roles"][0] in reference["least"]


# -- numbers about the SDK -------------------------------------------------------------------------


def test_the_fields_of_an_activity_are_counted() -> None:
    fields = vars(Activity()).keys() - {"additional_properties"}
    assert installed.fields_of("Activity") == len(fields)
    assert 0 < installed.fields_sent("to_person") < installed.fields_of("Activity")


def test_the_threads_are_those_of_the_default_pool() -> None:
    with ThreadPoolExecutor() as pool:
        assert pool._max_workers == installed.threads_of(cpu_count() or 1)


def test_a_number_is_in_words_up_to_nine() -> None:
    assert [installed.in_words(number) for number in (2, 9, 42, 1_800)] == [
        *("two", "nine", "42", "1,800")
    ]


def test_a_reference_that_is_taken_apart_by_hand_loses_the_service_url(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """*Remember conversations* warns of it, and quotes the line of the log."""
    reference = ConversationReference(
        service_url="https://teams.example", conversation=ConversationAccount(id="a:1")
    )
    with caplog.at_level(logging.WARNING, logger="msrest"):
        assert ConversationReference(**reference.serialize()).service_url is None
    assert "serviceUrl is not a known attribute" in caplog.text


NUMBER = re.compile(
    r"\b(?:\d+|two|three|four|five|six|seven|eight|nine|ten)\s+(?:fields|threads|clients)\b"
)


@pytest.mark.parametrize(
    "page", ["well/why-sending-is-slow.md", "send/to-a-person.md", "reference/errors-and-limits.md"]
)
def test_a_number_about_the_sdk_is_not_typed(page: str) -> None:
    """In prose a typed number outlives the SDK that it was true of."""
    prose = re.sub(r"{{.*?}}", "", (ROOT / "docs" / page).read_text("utf-8"))
    assert NUMBER.findall(prose) == []


def test_no_page_types_the_version_that_is_installed() -> None:
    """A version that is named because of the past is another one than today's."""
    sdk = version("botbuilder-core")
    for page in sorted((ROOT / "docs").rglob("*.md")):
        assert sdk not in page.read_text("utf-8"), page


# -- one answer on every page ----------------------------------------------------------------------


def test_every_new_personal_chat_names_its_tenant_twice() -> None:
    """As `tenant_in_create` tells readers to; the runs on the pages do it, and so does the curl."""
    bodies = [
        exchange["body"]
        for file in sorted((ROOT / "docs" / "recorded").glob("*.json"))
        for exchange in json.loads(file.read_text("utf-8"))["wire"]
        if exchange["method"] == "POST" and exchange["path"] == "/v3/conversations"
    ]
    page = (ROOT / "docs" / "troubleshooting" / "conversations.md").read_text("utf-8")
    curl = re.findall(r"curl --json '(.*?)' \\\n.*?/v3/conversations\"", page)
    assert len(curl) == 1
    personal = [body for body in (*bodies, json.loads(curl[0])) if "members" in body]
    assert len(personal) > 5
    for body in personal:
        given = {key.lower(): value for key, value in body.items()}
        assert given["tenantid"] == given["channeldata"]["tenant"]["id"]


def test_what_to_do_about_a_conversation_that_is_gone_is_said_once() -> None:
    """The two pages and the table say the same, because they read the same row."""
    for page in ("prepare/remember.md", "well/who-left.md"):
        text = (ROOT / "docs" / page).read_text("utf-8")
        assert re.search(r'refusal_of\((?:"ConversationNotFound"|code)\)\.remedy', text), page
    gone = next(row for row in refusals() if row.code == "ConversationNotFound")
    assert gone.action == "recreate" and "create the conversation again" in gone.remedy
