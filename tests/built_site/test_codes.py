"""Every error code that a page names is in facts.toml, or in the stored list of other systems'."""

from __future__ import annotations

import json
import re
from datetime import date
from http import HTTPStatus
from typing import Any

import pytest

from samples.facts import facts
from tests.support import ROOT
from tests.support.review import sourced

STORED = ROOT / "tests" / "facts" / "other_codes.json"
OTHERS: list[dict[str, str]] = json.loads(STORED.read_text("utf-8"))
# A code as pages write it: `403 BotDisabledByAdmin`, AADSTS700016, `AclCheckFailed`. The endings
# tell a code from a class.
NUMBERED = re.compile(r"(?<=`)[1-5]\d\d [A-Z][^`…]*")
ENTRA = re.compile(r"\bAADSTS\d+\b")
KINDS = "Failed|Timeout|NotFound|Denied|Blocked|InConversation|ByUser|ByAdmin|Roster|Syntax"
NAMED = re.compile(rf"(?<=`)[A-Z][A-Za-z]+(?:{KINDS}|Argument|TooBig|Permissions|Throttled)(?=`)")
OWN = {"404 Nobody with this id can be notified", "502 Not sent"}  # the samples' own answers


def known() -> set[str]:
    """What a page may name, with and without status, by its code and by the words of its text."""
    codes = {f"{status.value} {status.phrase}" for status in HTTPStatus}
    codes |= {code for other in OTHERS for code in (other["code"], other["code"].split(" ")[-1])}
    for row in (*facts()["errors"], *facts()["graph_errors"]):
        said = (row["code"], row["text"], f"{row['code']}: {row['text']}")
        codes |= {words.rstrip(".") for words in said}
        codes |= {f"{row['status']} {words.rstrip('.')}" for words in said}
    codes |= {row["code"] for row in facts()["sign_in_errors"]}
    return codes | {f"{facts()['sessions']['status']} {facts()['sessions']['code']}"} | OWN


def unknown(text: str) -> list[str]:
    """The codes in a page that no list has. A text may go on after a full stop."""
    text = " ".join(text.split())
    named = (*NUMBERED.findall(text), *ENTRA.findall(text), *NAMED.findall(text))
    return sorted({code for code in named if code.partition(". ")[0].rstrip(". ") not in known()})


def test_every_code_on_a_page_is_known() -> None:
    pages = sorted((ROOT / "docs").rglob("*.md"))
    named = {page.name: unknown(page.read_text("utf-8")) for page in pages}
    assert {page: codes for page, codes in named.items() if codes} == {}


@pytest.mark.parametrize(
    "code", ["`403 BotDisabledByUser`", "`400 BotNotRegistered`", "AADSTS123", "`AclFailed`"]
)
def test_a_code_that_no_list_has_is_found(code: str) -> None:
    assert unknown(f"You see {code}, or `404 ConversationNotFound`.") == [code.strip("`")]


def test_each_stored_code_has_a_source_and_a_date_and_is_on_a_page() -> None:
    pages = "".join(page.read_text("utf-8") for page in (ROOT / "docs").rglob("*.md"))
    for other in OTHERS:
        assert other["source"].startswith("https://")
        assert date.fromisoformat(f"{other['date']}-01") <= date.today()
        assert other["code"] in " ".join(pages.split()), other


# -- how sure a row is -----------------------------------------------------------------------------


def issue_rows() -> list[dict[str, Any]]:
    """The rows that rest on a thread, and on no page of Microsoft's."""
    thread = ("Issue:", "Pull request:")
    titles = {name: source["title"] for name, source in facts()["sources"].items()}
    return [row for row in sourced(facts()) if titles[row["source"]].startswith(thread)]


def test_a_row_that_rests_on_a_thread_says_so() -> None:
    assert {row.get("confidence") for row in issue_rows()} == {
        *("one thread", "several threads", "inferred")
    }


def test_the_tables_say_how_sure_a_row_is(pages_plugin: Any) -> None:
    shown = pages_plugin.errors() + pages_plugin.graph_errors() + pages_plugin.sign_in_errors()
    for confidence in ("one thread", "several threads", "inferred"):
        in_tables = [
            row
            for name in ("errors", "graph_errors", "sign_in_errors")
            for row in facts()[name]
            if row.get("confidence") == confidence
        ]
        assert shown.count(f"*{confidence}*") == len(in_tables) > 0


@pytest.fixture(scope="module")
def pages_plugin() -> Any:
    import sys

    sys.path.insert(0, str(ROOT / "docs" / "plugins"))
    from pages import tables

    return tables
