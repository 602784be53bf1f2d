"""Differences between two answers, and their table."""

from __future__ import annotations

from samples.runner.conformance.comparing import MISSING, Difference, differences, table


def test_every_place_that_differs_is_named() -> None:
    one = {"status": 201, "body": {"id": "<id>", "list": [1, 2], "same": None, "n": 1}}
    other = {"status": 201, "body": {"list": [1], "same": None, "more": True, "n": True}}
    assert differences("send", one, other) == [
        Difference("send", "body.id", "<id>", MISSING),
        Difference("send", "body.list[1]", 2, MISSING),
        Difference("send", "body.n", 1, True),
        Difference("send", "body.more", MISSING, True),
    ]


def test_a_side_that_was_not_asked_does_not_differ() -> None:
    assert differences("send", None, {"status": 201}) == []


def test_the_table_has_aligned_columns_and_cuts_long_values() -> None:
    found = [Difference("send", "body", {"a": 1}, None), Difference("d", "status", 1, "y" * 70)]
    assert table(found) == [
        "PROBE  WHERE   TEAMS     LOCAL TEAMS",
        'send   body    {"a": 1}  null',
        f"d      status  1         {'y' * 59}…",
    ]
