"""Numbers of the environment: one that makes no sense ends the program with its name."""

from __future__ import annotations

import pytest

from samples.shared.numeric import number


def test_a_number_in_the_range_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert number("HEARTBEAT", 10, least=0.1, most=60) == 10
    monkeypatch.setenv("HEARTBEAT", "0.5")
    assert number("HEARTBEAT", 10, least=0.1, most=60) == 0.5


@pytest.mark.parametrize("text", ["ten", "0", "61", "nan", "inf"])
def test_another_is_named_with_the_range(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("HEARTBEAT", text)
    with pytest.raises(SystemExit) as ended:
        number("HEARTBEAT", 10, least=0.1, most=60)
    assert str(ended.value) == f"HEARTBEAT is {text!r}. It must be a number from 0.1 to 60."
