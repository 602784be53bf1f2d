"""Fields of a message, and its file."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path

import pytest

from samples.shared.bulk.message import Message, read_message

_CARD = (
    '{{"type": "message", "attachments": [{{"contentType": "application/x", '
    '"content": {{"body": [{{"text": "{0}"}}]}}}}]}}'
)


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


def test_a_mention_keeps_its_properties() -> None:
    """The SDK's own deserializer keeps the type alone."""
    mention = {"type": "mention", "mentioned": {"id": "${id}"}, "text": "<at>${name}</at>"}
    message = Message(json.dumps({"type": "message", "entities": [mention]}))
    sent = message.to({"id": "29:ada", "name": "Ada"}).serialize()["entities"]
    assert sent == [{"type": "mention", "mentioned": {"id": "29:ada"}, "text": "<at>Ada</at>"}]


@pytest.mark.parametrize("text", ["${creator.name}", "${if(urgent, 'now', 'later')}", "${}"])
@pytest.mark.parametrize("form", ['{{"type": "message", "text": "Hi {0}"}}', _CARD])
def test_a_template_of_the_card_designer_is_refused(form: str, text: str) -> None:
    """AdaptiveCards#4924: it would go out literally, to everybody."""
    with pytest.raises(ValueError, match="which is not a field: a field is") as refused:
        Message(form.format(text))
    assert text in str(refused.value)


@pytest.mark.parametrize("key", ["$data", "$when"])
def test_a_key_of_the_template_language_is_refused(key: str) -> None:
    card = {"type": "TextBlock", key: "x", "$schema": "http://adaptivecards.io"}
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    with pytest.raises(ValueError, match=re.escape(f"contains {key}, which is not a field")):
        Message(json.dumps({"type": "message", "attachments": [attachment]}))


def test_an_ampersand_in_the_name_of_a_mention_is_encoded_and_nowhere_else() -> None:
    """botbuilder-js#2111: in a card, and outside of a mention, it is not."""
    mention = {"type": "mention", "mentioned": {"name": "${who}"}, "text": "<at>${who}</at>"}
    content = {"text": "<at>${who}</at>"}
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": content}
    payload = {"type": "message", "text": "<at>${who}</at> of ${who}", "entities": [mention]}
    message = Message(json.dumps(payload | {"attachments": [attachment]}))
    sent = message.to({"who": "R&D"}).serialize()
    assert sent["text"] == "<at>R&amp;D</at> of R&D"
    assert sent["entities"][0]["text"] == "<at>R&amp;D</at>"
    assert sent["entities"][0]["mentioned"] == {"name": "R&D"}
    assert sent["attachments"][0]["content"] == {"text": "<at>R&D</at>"}


@pytest.mark.parametrize(
    ("rest", "reason"),
    [
        ('"timestamp": "nope"', "cannot be built.*nope"),
        ('"attachments": "x"', "cannot be built"),
        ('"attachments": [5]', "cannot be built"),
        ('"entities": [[]]', "cannot be built"),
        ('"conversation": "x"', "cannot be built"),
        ('"localTimestamp": "${name}"', "cannot be built"),
        (f'"value": {"[" * 5000}{"]" * 5000}', "not JSON"),
        (f'"value": {"[" * 500}{"]" * 500}', "over 100 objects and lists"),
        ('"value": NaN', "NaN is not a number"),
        ('"value": 1e400', "number that is too large"),
        ('"text": "\\ud800"', "half of a character"),
        ('"txet": "Hello"', "contains txet, which an activity does not have"),
        ('"attachments": [{"contentTyp": "x"}]', r"contains attachments\[0\].contentTyp"),
        ('"text": {"a": 1}', "contains text, which must be a text"),
    ],
)
def test_what_cannot_be_sent_is_no_message(rest: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Message(f'{{"type": "message", {rest}}}')


def test_what_is_filled_in_for_one_recipient_does_not_reach_another() -> None:
    message = Message(
        '{"type": "message", "text": "${a}", "value": {"same": [1]}, '
        '"suggestedActions": {"actions": [{"type": "imBack", "title": "${a}", "value": "b"}]}}'
    )
    one, other = message.to({"a": "1"}), message.to({"a": "2"})
    one.recipient = "somebody"
    assert (one.text, other.text, other.recipient) == ("1", "2", None)
    assert one.suggested_actions.actions[0].title == "1"
    assert other.suggested_actions.actions[0].title == "2"
    assert copy.deepcopy(one) is not one
