"""Complete, sourced and dated."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

import samples.facts as package
from samples.facts import (
    facts,
    graph_refusal,
    graph_refusals,
    limit,
    named_rows,
    refusal,
    refusals,
    unanswered,
)
from tests.support import ROOT
from tests.support.review import sourced

ACTIONS = ["retry", "wait", "recreate", "forget", "mark", "install", "fix", "move", "stop"]


def test_a_copy_without_the_facts_says_so_when_it_is_imported(tmp_path: Path) -> None:
    shutil.copy(ROOT / "samples" / "facts" / "__init__.py", tmp_path / "copied.py")
    result = subprocess.run(
        [sys.executable, "-c", "import copied"], cwd=tmp_path, capture_output=True, text=True
    )
    assert f"{tmp_path}/facts.toml is missing. It belongs to this package" in result.stderr


def test_the_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"facts\.toml is missing\."):
        package._read(tmp_path / "facts.toml")


def test_every_row_has_a_source_and_every_source_a_date() -> None:
    payload = facts()
    rows = list(sourced(payload))
    assert {row["source"] for row in rows} <= set(payload["sources"])
    tables = (payload[name] for name in ("errors", "sign_in_errors", "limits", "clouds"))
    graph = (payload[f"graph_{name}"] for name in ("errors", "limits", "permissions"))
    assert all("source" in row for table in (*tables, *graph) for row in table)
    assert all(
        "source" in payload[name] for name in ("message_size", "roster", "to_the_bot", "sdk")
    )
    for source in payload["sources"].values():
        assert source["url"].startswith("https://")
        assert isinstance(source["date"], date) and source["date"] <= date.today()


def test_every_page_that_shows_how_to_open_a_personal_chat_says_what_sessions_change() -> None:
    from tests.support import ROOT

    samples = {
        str(path.relative_to(ROOT / "samples")): path.read_text("utf-8")
        for path in (ROOT / "samples").rglob("*.py")
    }
    opening = {
        name
        for name, text in samples.items()
        if "_sdk" not in name and re.search(r"\bopen_chat\(|is_group=False", text)
    }
    assert {"send/to_person.py", "prepare/reconcile.py", "shared/bulk/sender.py"} <= opening
    for page in (ROOT / "docs").rglob("*.md"):
        text = page.read_text("utf-8")
        shown = set(re.findall(r'\bsample\("([^"]+)"\) }}', text))
        if shown & opening:
            assert text.count("{{ sessions() }}") == 1, (page.name, shown & opening)


def test_every_source_is_used() -> None:
    """By a row here, or by a page."""
    from tests.support import ROOT

    payload = facts()
    rows = list(sourced(payload))
    named = {row["source"] for row in rows} | {row.get("sign_in_source") for row in rows}
    pages = "".join(page.read_text("utf-8") for page in (ROOT / "docs").rglob("*.md"))
    for name in payload["sources"]:
        assert name in named or re.search(rf'(source|article)\("{name}"\)', pages), name


def test_retry_is_what_microsoft_says_it_is() -> None:
    assert {row.status for row in refusals() if row.retry} == {412, 429, 502, 503, 504}
    assert all((row.action in ("retry", "wait")) == row.retry for row in refusals())
    assert all((row.action in ("retry", "wait")) == row.retry for row in unanswered())


def test_every_row_has_one_of_the_actions_and_every_action_a_row() -> None:
    assert list(facts()["actions"]) == ACTIONS
    assert {row.action for row in (*refusals(), *unanswered())} == set(ACTIONS)


def test_a_refusal_is_found_by_status_code_and_text() -> None:
    tenant = refusal(400, "BadSyntax", "Could not parse tenant id")
    assert tenant and "tenant id" in tenant.remedy
    first = refusal(400, "BadSyntax")
    assert first and first.text == "Incorrect conversation creation parameters"
    new = "Only start streaming and continue streaming types are allowed as a typing activity"
    assert refusal(400, "BadSyntax", new) is None  # teams-sdk#2331: another advice would mislead
    other = refusal(403, "BadArgument", "Failed to decrypt conversation id")
    assert other and other.action == "recreate"
    assert refusal(403, "BadArgument", "Something else") is None
    disabled = refusal(403, "TenantNoPermission", "Tenant is disabled.")
    assert disabled and disabled.action == "stop"
    assert refusal(418, "Teapot") is None


def test_every_row_has_a_name_of_its_own() -> None:
    """The addresses of rows on the page of errors; others link there."""
    assert list(named_rows().values()) == [*refusals(), *unanswered()]
    assert {"400-badsyntax", "400-badsyntax-2", "403-badargument", "503"} <= set(named_rows())


def test_graph_rows_have_the_same_actions() -> None:
    assert {row.action for row in graph_refusals()} <= set(ACTIONS)
    assert all((row.action in ("retry", "wait")) == row.retry for row in graph_refusals())


def test_an_answer_of_graphs_is_found_by_how_its_text_begins() -> None:
    consent = graph_refusal(403, "Forbidden", "Missing role permissions on the request. API …")
    policy = graph_refusal(403, "Forbidden", "App is blocked by app permission policy. Tenant …")
    assert consent and policy and consent.remedy != policy.remedy
    assert graph_refusal(403, "Forbidden", "something new") is None
    other_app = "AAD App Id '1-2' is not allowed to manage the Teams App '3-4'. Details: …"
    manifest = graph_refusal(403, "Forbidden", other_app)
    assert manifest and "webApplicationInfo.id" in manifest.remedy
    other = graph_refusal(400, "BadRequest", "something new")
    assert other and other.text == "varies"
    conflict = graph_refusal(409, "AnyCode")
    assert conflict and conflict.code == "Conflict"
    assert graph_refusal(418, "Teapot") is None


def test_the_least_permission_stands_first() -> None:
    for row in facts()["graph_permissions"]:
        assert len(set(row["roles"])) == len(row["roles"]), row["call"]
        wide = [role for role in row["roles"] if "Self" not in role and "ReadFor" not in role]
        if any("Self" in role for role in row["roles"]):
            assert row["roles"][0] not in wide, row["call"]


def test_the_samples_ask_graph_slower_than_it_allows() -> None:
    install = next(row for row in facts()["graph_limits"] if row["call"].startswith("Install"))
    assert facts()["graph_pace"]["per_second"] < install["tenant"]


def test_a_limit_that_the_table_lacks_is_named() -> None:
    assert limit("one app in one tenant", "Every request")[1] == 50
    with pytest.raises(LookupError, match="no limit for 'Dance' of 'everyone'"):
        limit("everyone", "Dance")
