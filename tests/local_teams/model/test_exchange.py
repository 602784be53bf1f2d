"""JSON that can be stored, shown and sent on."""

from __future__ import annotations

import pytest

from samples.local_teams.model.exchange import read_json


@pytest.mark.parametrize(
    ("text", "error_text"),
    [
        ("[1e999]", "a number that is too large"),
        ('{"n": -1e999}', "a number that is too large"),
        ("[NaN]", "NaN is not a number"),
        (r'["\ud83d"]', "half of a character"),
        ("[" * 101 + "]" * 101, "over 100 objects and lists"),
    ],
)
def test_json_that_could_not_be_sent_on_is_refused(text: str, error_text: str) -> None:
    with pytest.raises(ValueError, match=error_text):
        read_json(text)


def test_json_is_read() -> None:
    assert read_json(b'{"n": [1.5, "a", null]}') == {"n": [1.5, "a", None]}
