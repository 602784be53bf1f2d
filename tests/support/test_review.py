"""The report on facts.toml: each fault that it is for is found, and there is none that it stops."""

from __future__ import annotations

from copy import deepcopy
from datetime import date

import pytest

from samples.facts import facts
from tests.support.review import contradictions, old, report, unread

TODAY = date(2026, 11, 28)


def test_no_two_rows_contradict() -> None:
    assert contradictions(facts()) == []


@pytest.mark.parametrize(
    ("table", "changed", "named"),
    [
        ("errors", {"action": "stop"}, "errors 400 BadSyntax"),
        ("graph_errors", {"remedy": "Wait."}, "graph_errors 400 BadRequest"),
        ("limits", {"windows": {"1": 5}}, "limits one bot in one conversation"),
        ("graph_limits", {"tenant": 1}, "graph_limits Read teams"),
    ],
)
def test_a_second_row_of_another_opinion_is_found(
    table: str, changed: dict[str, object], named: str
) -> None:
    payload = deepcopy(facts())
    payload[table].append(payload[table][0] | changed)
    (found,) = contradictions(payload)
    assert found.startswith(named) and all(field in found for field in changed)


def test_what_nobody_has_read_for_a_year_is_reported() -> None:
    assert unread(facts(), date(2027, 11, 27)) == []
    assert len(unread(facts(), date(2028, 1, 1))) == len(facts()["sources"])
    payload = deepcopy(facts())
    payload["sources"]["rate-limit"]["read"] = date(2025, 1, 2)
    (found,) = unread(payload, TODAY)
    assert found.startswith("rate-limit: read on 2025-01-02, https://")


def test_rows_with_an_old_source_are_in_the_report() -> None:
    assert "errors 400 BadSyntax Could not parse tenant id: 2019-04-01" in old(facts(), TODAY)
    assert not any("ConversationNotFound" in row for row in old(facts(), TODAY))
    lines = report(facts(), TODAY).splitlines()
    assert lines[0] == "0 sources not read for a year"
    assert lines[-1] == "0 rows that contradict"
