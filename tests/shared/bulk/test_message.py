"""Fields of a message, and its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from samples.shared.bulk.message import Message, read_message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_message_is_utf_8_with_or_without_a_mark(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "message.json"
    file.write_text('{"type": "message", "text": "Grüße"}', encoding)
    assert read_message(file).to({}).text == "Grüße"


def test_fields_in_every_corner_of_a_message() -> None:
    filled = Message(
        '{"type": "message", "text": "${a} ${b|two} ${a}", "attachments": '
        '[{"contentType": "${a}", "content": {"n": 1, "list": ["${b|two}"]}}]}'
    )
    assert filled.fields == {"a", "b"} and filled.missing({"b": "x"}) == {"a"}
    sent = filled.to({"a": "one"}).serialize()
    assert sent["text"] == "one two one"
    assert sent["attachments"] == [{"contentType": "one", "content": {"n": 1, "list": ["two"]}}]
