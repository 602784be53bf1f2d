"""Any text as the message of a broadcast: one that can be sent to everybody, or an error."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from samples.local_teams.model.contoso import contoso
from samples.shared.bulk.message import Message
from tests.support.connector import ask
from tests.support.fuzzing import few_and_many, fuzz

WORLD = contoso()
CHAT = f"/v3/conversations/{WORLD.personal_chat(WORLD.people[0]).id}/activities"
CARD = "application/vnd.microsoft.card.adaptive"
FIELDS = {"name": 'Ada "\n\\ 🧮', "city": "", "a": "${b}"}
TEXTS = st.text(max_size=12) | st.sampled_from(
    ["${name}", "${city|London}", "${b|}", "${}", "${name|${a}}", "\ud800", "\0", CARD, "nope"]
)
NAMES = st.sampled_from(
    [
        *(
            "text",
            "attachments",
            "contentType",
            "content",
            "entities",
            "mentioned",
            "id",
            "timestamp",
        ),
        *("channelData", "summary", "value", "suggestedActions", "from", "type", "actions", "body"),
        *(
            "Text",
            "importance",
            "expiration",
            "listenFor",
            "semanticAction",
            "@odata.type",
            "x.y",
            "",
        ),
    ]
)
ANY: st.SearchStrategy[Any] = st.recursive(
    TEXTS | st.sampled_from([None, True, 0, -1, 1e308, 1e999, 2**70]) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | TEXTS, inner, max_size=4),
    max_leaves=8,
)
CONTENTS = st.dictionaries(NAMES, ANY, max_size=3)
ATTACHMENTS = st.lists(
    st.fixed_dictionaries({"contentType": TEXTS, "content": ANY}) | CONTENTS, max_size=2
)
ACTIVITIES = st.fixed_dictionaries(
    {"type": st.sampled_from(["message", "message", "message", "typing", 5])},
    optional={"text": TEXTS, "attachments": ATTACHMENTS, "entities": ATTACHMENTS, "summary": TEXTS},
)
MESSAGES = st.tuples(ACTIVITIES, CONTENTS).map(lambda both: json.dumps({**both[1], **both[0]}))
JUNK = st.text(max_size=20) | st.sampled_from(
    ["[" * 5000, '{"type":"message","value":' + "[" * 101 + "]" * 101 + "}", '{"a":1,"a":2}']
)


@few_and_many(30)
def test_any_message_can_be_sent_or_is_refused(
    cases: int, record_property: Callable[[str, object], None]
) -> None:
    def check(text: str) -> None:
        try:
            message = Message(text)
        except ValueError as refused:
            assert str(refused)
            return
        message.missing(FIELDS)
        sent = json.dumps(message.to(FIELDS).serialize()).encode()
        assert ask(WORLD, "POST", CHAT, sent).status in (201, 400, 413)

    fuzz(
        "Messages of a broadcast",
        "The message is refused before anything is stored, or can be sent to everybody.",
        check,
        MESSAGES | JUNK,
        cases=cases,
        record_property=record_property,
    )
