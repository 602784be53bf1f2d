"""Any card: its buttons are found and pressed, or refused with a sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import strategies as st

from samples.local_teams.events.actions import UserAction, perform
from samples.local_teams.events.card_actions import buttons, press, read_answer, show_answer
from samples.local_teams.model.contoso import contoso
from tests.support.connector import ask
from tests.support.fuzzing import few_and_many, fuzz

WORLD = contoso()
ADA = WORLD.people[0]
KINDS = ["adaptive", "hero", "thumbnail", "o365connector", "list", "x"]
WORDS = st.text(max_size=6) | st.sampled_from(
    [
        *(
            "Action.Submit",
            "Action.Execute",
            "Action.ShowCard",
            "ActionSet",
            "FactSet",
            "AdaptiveCard",
        ),
        *("imBack", "messageBack", "invoke", "openUrl", "task/fetch", '{"a":1}', "[" * 5000, "NaN"),
    ]
)
NAMES = st.sampled_from(
    [
        *(
            "type",
            "title",
            "data",
            "msteams",
            "value",
            "actions",
            "body",
            "items",
            "columns",
            "facts",
        ),
        *("card", "buttons", "text", "displayText", "verb", "id", "refresh", "action", "userIds"),
    ]
)
ANY: st.SearchStrategy[Any] = st.recursive(
    WORDS | st.sampled_from([None, True, 0, -1, 1e308]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=10,
)
ACTIONS = st.lists(
    st.fixed_dictionaries(
        {"type": WORDS},
        optional={"title": ANY, "data": ANY, "value": ANY, "text": ANY, "displayText": ANY},
    ),
    max_size=3,
)
CONTENTS = (
    st.fixed_dictionaries({"actions": ACTIONS, "body": ANY})
    | st.fixed_dictionaries({"buttons": ACTIONS | ANY})
    | ANY
)
INPUTS = st.dictionaries(st.text(max_size=3), ANY, max_size=2)


@few_and_many(50)
def test_any_card_is_pressed_or_refused(
    cases: int, record_property: Callable[[str, object], None]
) -> None:
    def check(kind: str, content: Any, inputs: dict[str, Any], answer: Any) -> None:
        card = {"contentType": f"application/vnd.microsoft.card.{kind}", "content": content}
        sent = {"type": "message", "attachments": [card]}
        WORLD.remove_personal_chat(ADA)  # so that each case is its own
        chat = WORLD.personal_chat(ADA)
        if ask(WORLD, "POST", f"/v3/conversations/{chat.id}/activities", sent).status != 201:
            return
        for button in buttons(chat.messages[-1], ADA.id):
            pressing = UserAction(ADA.name, "presses", text=button.title, inputs=inputs)
            try:
                activities = perform(WORLD, pressing)
            except ValueError as refused:
                assert str(refused)
                continue
            for activity in activities:
                json.dumps(activity, ensure_ascii=False).encode()
                json.dumps(show_answer(WORLD, activity, answer))
        json.dumps(read_answer(answer))
        json.dumps([buttons(one, ADA.id) and one for one in chat.messages])

    fuzz(
        "Cards",
        "Each button can be pressed, or a sentence says why not; the bot gets JSON.",
        check,
        st.sampled_from(KINDS),
        CONTENTS,
        INPUTS,
        ANY | st.fixed_dictionaries({"type": WORDS, "statusCode": ANY, "value": ANY}),
        cases=cases,
        record_property=record_property,
    )


# -- the smallest that once ended a press ----------------------------------------------------------


@pytest.mark.parametrize("listed", [5, True, {"type": "imBack"}, [None], "imBack"])
def test_buttons_that_are_none_are_not_there(listed: Any) -> None:
    hero = "application/vnd.microsoft.card.hero"
    card = {"contentType": hero, "content": {"title": "Orders", "buttons": listed}}
    assert buttons({"attachments": [card]}, ADA.id) == []


@pytest.mark.parametrize("action", [{}, {"title": "More"}, {"type": 5}, {"type": None}])
def test_a_button_without_a_kind_is_refused_with_a_sentence(action: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Local Teams cannot do what this button asks for"):
        press(action, {})


@pytest.mark.parametrize("value", ["[" * 5000, "NaN", '{"a": 1e999}'])
def test_a_value_that_is_no_json_stays_a_text(value: str) -> None:
    fields = press({"type": "invoke", "value": value}, {}).fields
    assert fields and fields["value"] == value


def test_the_text_of_a_button_reaches_the_bot_as_a_text() -> None:
    fields = press({"type": "messageBack", "text": 5}, {}).fields
    assert fields and fields["text"] == "5"
