"""What a pressed button of a card sends the bot, and what the bot's answer shows."""

from __future__ import annotations

from typing import Any

import pytest

from samples.local_teams.events.card_actions import read_answer, show_answer
from samples.local_teams.model.messages import Activity
from samples.local_teams.model.world import World
from tests.support.acting import let

ADAPTIVE, HERO = (f"application/vnd.microsoft.card.{kind}" for kind in ("adaptive", "hero"))


def post(world: World, content: dict[str, Any], kind: str = ADAPTIVE) -> Activity:
    """A card in Ada's chat."""
    chat = world.personal_chat(world.people[0])
    attachment = {"contentType": kind, "content": content}
    return world.post(chat, {"type": "message", "attachments": [attachment]})


def adaptive(*actions: dict[str, Any]) -> dict[str, Any]:
    return {"type": "AdaptiveCard", "version": "1.5", "body": [], "actions": list(actions)}


def texts(world: World) -> list[str]:
    return [m["text"] for m in world.personal_chat(world.people[0]).messages if "text" in m]


def test_a_form_reaches_the_bot_as_a_message_without_text(world: World) -> None:
    order = {"type": "Action.Submit", "title": "Order", "data": {"room": "Turing"}}
    card = post(world, adaptive(order))
    [sent] = let(world, "Ada", "presses", text="Order", inputs={"seats": "4"})
    assert (sent["type"], sent["value"]) == ("message", {"room": "Turing", "seats": "4"})
    assert "text" not in sent
    assert sent["replyToId"] == card["id"]
    assert sent["conversation"]["id"] == card["conversation"]["id"]
    assert sent["from"]["name"] == "Ada Lovelace" and sent["id"].startswith("f:")
    assert texts(world) == []  # nothing shows in the chat
    assert order["data"] == {"room": "Turing"}  # the card is as it was


def test_an_execute_is_an_invoke_with_a_copy_of_the_action(world: World) -> None:
    action = {"type": "Action.Execute", "title": "Approve", "verb": "approve", "id": "a", "x": 1}
    card = post(world, adaptive(action | {"data": {"order": 4711}}))
    [sent] = let(world, "Ada", "presses", text="Approve", inputs={"why": "fine"})
    assert (sent["type"], sent["name"]) == ("invoke", "adaptiveCard/action")
    assert sent["value"] == {
        "action": {
            "type": "Action.Execute",
            "title": "Approve",
            "verb": "approve",
            "id": "a",
            "data": {"order": 4711, "why": "fine"},
        },
        "trigger": "manual",
    }
    assert sent["replyToId"] == card["id"]


MESSAGE_BACK = {
    "type": "messageBack",
    "displayText": "I pressed",
    "text": "do",
    "value": '{"a": 1}',
}


@pytest.mark.parametrize("in_submit", [False, True])
def test_message_back_shows_one_text_and_sends_another(world: World, in_submit: bool) -> None:
    if in_submit:
        data = {"msteams": MESSAGE_BACK, "more": 2}
        post(world, adaptive({"type": "Action.Submit", "title": "Do", "data": data}))
    else:
        post(world, {"title": "x", "buttons": [MESSAGE_BACK | {"title": "Do"}]}, HERO)
    [sent] = let(world, "Ada", "presses", text="Do")
    assert (sent["type"], sent["text"]) == ("message", "do")
    assert sent["value"] == ({"more": 2, "a": 1} if in_submit else {"a": 1})
    assert "replyToId" in sent
    assert texts(world) == ["I pressed"]


def test_im_back_is_what_the_person_would_have_typed(world: World) -> None:
    channel = world.teams[0].channels[1]
    buttons = [{"type": "imBack", "title": "More", "value": "Show me more"}]
    attachment = {"contentType": HERO, "content": {"buttons": buttons}}
    card = world.post(channel, {"type": "message", "attachments": [attachment]})
    [sent] = let(world, "Grace", "presses", where="Engineering/Releases", text="More")
    assert (sent["type"], sent["text"]) == ("message", "Show me more")
    said = channel.messages[-1]
    assert (said["text"], said["from"]["name"]) == ("Show me more", "Grace Hopper")
    assert said["conversation"]["id"] == card["conversation"]["id"] == sent["conversation"]["id"]


def test_an_invoke_button_sends_its_value(world: World) -> None:
    post(world, {"buttons": [{"type": "invoke", "title": "One", "value": {"o": 1}}]}, HERO)
    [sent] = let(world, "Ada", "presses", text="One")
    assert (sent["type"], sent["value"]) == ("invoke", {"o": 1})
    assert "name" not in sent and texts(world) == []


def test_of_buttons_with_one_title_the_one_is_pressed_that_is_meant(world: World) -> None:
    def row(number: int) -> dict[str, Any]:
        action = {"type": "Action.Submit", "title": "Take", "data": {"row": number}}
        return {"type": "ActionSet", "actions": [action]}

    show = {"type": "Action.ShowCard", "title": "More", "card": {"body": [row(3)]}}
    card = adaptive(show, {"type": "Action.OpenUrl", "title": "Take", "url": "https://x.example"})
    refresh = {"action": {"type": "Action.Execute", "title": "Take"}}
    old = post(world, {**card, "body": [row(1), row(2)], "refresh": refresh})
    post(world, adaptive({"type": "Action.Submit", "title": "Other"}))
    for which, number in ((0, 1), (1, 2), (2, 3)):
        [sent] = let(world, "Ada", "presses", text="Take", which=which)
        assert sent["value"] == {"row": number} and sent["replyToId"] == old["id"]
    with pytest.raises(ValueError, match="No card in Ada Lovelace has a button 'Take' with n"):
        let(world, "Ada", "presses", text="Take", which=3)
    with pytest.raises(ValueError, match="There are: Take"):
        let(world, "Ada", "presses", text="Nothing", reply_to=old["id"])
    with pytest.raises(ValueError, match="There are: none"):
        let(world, "Ada", "presses", text="Take", reply_to="1")


def test_what_local_teams_cannot_do_is_named_and_changes_nothing(world: World) -> None:
    data = {"msteams": {"type": "task/fetch"}}
    post(world, adaptive({"type": "Action.Submit", "title": "Open", "data": data}))
    with pytest.raises(ValueError, match=r"'task/fetch'.*no sign-in or dialog"):
        let(world, "Ada", "presses", text="Open")
    assert len(world.personal_chat(world.people[0]).messages) == 1


def test_a_bot_that_is_not_there_gets_no_press(world: World) -> None:
    post(world, adaptive({"type": "Action.Submit", "title": "Go"}))
    let(world, "Grace", "disables")
    assert let(world, "Ada", "presses", text="Go") == []


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (None, {}),
        ("ok", {}),
        ({"type": ADAPTIVE, "value": {"body": []}, "statusCode": 200}, {"card": {"body": []}}),
        ({"type": ADAPTIVE, "value": {"body": []}}, {"card": {"body": []}}),
        ({"type": "application/vnd.microsoft.activity.message", "value": "Done"}, {"text": "Done"}),
        (
            {
                "statusCode": 400,
                "type": "application/vnd.microsoft.error",
                "value": {"code": "BadRequest", "message": "No such order"},
            },
            {"error": "400 BadRequest No such order"},
        ),
    ],
)
def test_an_answer_shows_a_card_a_text_or_an_error(answer: Any, shown: dict[str, Any]) -> None:
    assert read_answer(answer) == shown


def test_a_text_that_answers_a_press_leaves_the_card_as_it_is(world: World) -> None:
    card = post(world, adaptive({"type": "Action.Execute", "title": "Approve"}))
    [sent] = let(world, "Ada", "presses", text="Approve")
    kind = "application/vnd.microsoft.activity.message"
    assert show_answer(world, sent, {"type": kind, "value": "Done"}) == {"text": "Done"}
    assert "shown" not in card
    assert show_answer(world, sent, {"type": ADAPTIVE, "value": {"body": []}})["card"]
    assert card["shown"] == {sent["from"]["id"]: {"body": []}}


@pytest.mark.parametrize(
    ("inputs", "value"), [({}, "go"), ({"seats": "4"}, {"seats": "4", "data": "go"})]
)
def test_data_that_is_a_text_goes_beside_the_inputs(
    world: World, inputs: dict[str, Any], value: Any
) -> None:
    post(world, adaptive({"type": "Action.Submit", "title": "Go", "data": "go"}))
    [sent] = let(world, "Ada", "presses", text="Go", inputs=inputs)
    assert sent["value"] == value


def test_a_picture_beside_a_card_has_no_buttons(world: World) -> None:
    picture = {"contentType": "image/png", "contentUrl": "https://x.example/plan.png"}
    content = adaptive({"type": "Action.Submit", "title": "Go", "data": {"a": 1}})
    attachments = [picture, {"contentType": ADAPTIVE, "content": content}]
    chat = world.personal_chat(world.people[0])
    world.post(chat, {"type": "message", "attachments": attachments})
    [sent] = let(world, "Ada", "presses", text="Go")
    assert sent["value"] == {"a": 1}
