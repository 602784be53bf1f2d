"""Buttons of cards: what Teams sends the bot when a person presses one, and what its answer shows.

The shapes are those of two pages of Microsoft's (facts.toml, card-actions and universal-actions).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..model.exchange import read_json
from ..model.messages import Activity
from ..model.teams import Conversation
from ..model.world import World

_CARD = "application/vnd.microsoft.card.adaptive"
_SENDING = ("Action.Submit", "Action.Execute")  # the others never reach the bot


@dataclass(frozen=True)
class Button:
    """A button of a card, which tells the bot that it was pressed.

    Attributes:
        action: as the card defines it.
    """

    message: Activity
    action: dict[str, Any]

    @property
    def title(self) -> str:
        return str(self.action.get("title", ""))


@dataclass(frozen=True)
class Pressed:
    """What comes of pressing a button.

    Attributes:
        fields: of the activity for the bot; None when `said` is all that the bot gets.
        said: what the person's press writes in the conversation; empty for nothing.
    """

    fields: dict[str, Any] | None
    said: str = ""


def buttons(message: Activity, person_id: str) -> list[Button]:
    """The buttons that tell the bot something, in the order of the cards that a person sees."""
    found: list[dict[str, Any]] = []
    instead = message.get("shown", {}).get(person_id)
    for attachment in message.get("attachments") or []:
        content = attachment.get("content")
        if not isinstance(content, dict):
            continue
        if attachment.get("contentType") == _CARD:
            found += _adaptive(instead or content)
            instead = None  # it is in place of the first
        else:
            listed = content.get("buttons")
            for one in listed if isinstance(listed, list) else ():
                if isinstance(one, dict) and one.get("type") != "openUrl":
                    found.append(one)
    return [Button(message, action) for action in found]


def _adaptive(part: Any) -> Iterator[dict[str, Any]]:
    """The actions of an Adaptive Card, those of the cards inside it included."""
    if isinstance(part, list):
        for one in part:
            yield from _adaptive(one)
    elif isinstance(part, dict):
        if part.get("type") in _SENDING:
            yield part
            return
        for key, one in part.items():
            if key != "refresh":  # an action that nobody presses
                yield from _adaptive(one)


def find_button(
    conversation: Conversation,
    title: str,
    *,
    person_id: str,
    message_id: str = "",
    which: int = 0,
) -> Button:
    """The button with this title.

    Args:
        person_id: who looks at the cards.
        message_id: the message with its card; empty for the newest message that has the button.
        which: of several buttons of one message with this title, counted from 0.

    Raises:
        ValueError: there is none; the message lists the buttons that there are.
    """
    named = conversation.message(message_id) if message_id else None
    messages = [named] if named else [] if message_id else conversation.messages[::-1]
    there: list[str] = []
    for message in messages:
        found = buttons(message, person_id)
        matching = [button for button in found if button.title == title]
        if which in range(len(matching)):
            return matching[which]
        there += [button.title for button in found]
    where = f"message {message_id}" if message_id else conversation.name
    raise ValueError(
        f"No card in {where} has a button {title!r} with number {which}. "
        f"There are: {', '.join(dict.fromkeys(there)) or 'none'}"
    )


def press(action: Mapping[str, Any], inputs: Mapping[str, Any]) -> Pressed:
    """What Teams makes of a press.

    - `Action.Submit`: a message without text, whose `value` is the button's data with the inputs.
      `msteams` in the data makes it one of the kinds below; Microsoft's page allows more data
      beside it, which the bot gets in `value` too.
    - `Action.Execute`: an invoke `adaptiveCard/action`, whose `value` has a copy of the action,
      the inputs in its data, and the trigger `manual`.
    - `messageBack`: a message with `text` and `value`; the conversation shows `displayText`, which
      the bot does not get.
    - `imBack`: the message `value`, as if the person had typed it.
    - `invoke`: an invoke with this `value`.

    Raises:
        ValueError: Local Teams does not do this: sign-in and dialogs (`task/fetch`).
    """
    if action.get("type") == "Action.Execute":
        kept = {key: action[key] for key in ("type", "id", "title", "verb") if key in action}
        copy = {**kept, "data": _with_inputs(action.get("data"), inputs)}
        value = {"action": copy, "trigger": "manual"}
        return Pressed({"type": "invoke", "name": "adaptiveCard/action", "value": value})
    if action.get("type") != "Action.Submit":
        return _bot_framework(action, {})
    data = _with_inputs(action.get("data"), inputs)
    if isinstance(data, dict) and isinstance(data.get("msteams"), dict):
        more = {key: value for key, value in data.items() if key != "msteams"}
        return _bot_framework(data["msteams"], more)
    return Pressed({"type": "message", "value": data})


def _bot_framework(action: Mapping[str, Any], more: dict[str, Any]) -> Pressed:
    """A button of Bot Framework, or an `Action.Submit` that acts as one.

    Args:
        more: what the data has beside it.
    """
    value = _parsed(action.get("value"))
    if isinstance(value, dict):
        value = more | value
    elif value is None:
        value = more or None
    match action.get("type"):
        case "imBack":
            return Pressed(None, str(action.get("value", "")))
        case "messageBack":
            fields = {"type": "message", "text": str(action.get("text") or ""), "value": value}
            return Pressed(fields, str(action.get("displayText") or ""))
        case "invoke":
            return Pressed({"type": "invoke", "value": value})
    raise ValueError(
        f"Local Teams cannot do what this button asks for: {action.get('type')!r}. "
        "It knows imBack, messageBack and invoke, and no sign-in or dialog"
    )


def _with_inputs(data: Any, inputs: Mapping[str, Any]) -> Any:
    """The data of a button, joined with the inputs; data that is a text stays without inputs."""
    if data is None or isinstance(data, dict):
        return {**(data or {}), **inputs}
    return data if not inputs else {**inputs, "data": data}


def _parsed(value: Any) -> Any:
    """`value` can be JSON or a text with JSON in it (facts.toml, card-actions)."""
    if not isinstance(value, str):
        return value
    try:
        return read_json(value)
    except ValueError:
        return value


def read_answer(answer: Any) -> dict[str, Any]:
    """What a bot's answer to an invoke shows to whoever pressed (facts.toml, universal-actions).

    Returns:
        `card` in place of the card, a `text`, an `error`, or nothing.
    """
    if not isinstance(answer, dict) or "type" not in answer:
        return {}
    value = answer.get("value")
    status = answer.get("statusCode") or 200  # a missing one means 200
    if status != 200:
        detail = value if isinstance(value, dict) else {}
        parts = [status, detail.get("code"), detail.get("message")]
        return {"error": " ".join(str(part) for part in parts if part)}
    if answer["type"] == _CARD:
        return {"card": value}
    return {"text": str(value)} if isinstance(value, str) and value else {}


def show_answer(world: World, pressed: Activity, answer: Any) -> dict[str, Any]:
    """Keep a card with which a bot answers, for whoever pressed: the others see the posted card
    until the bot updates the message.

    Args:
        pressed: the activity that the bot got.

    Returns:
        What shows: see `read_answer`.
    """
    shown = read_answer(answer)
    conversation = world.conversation(pressed["conversation"]["id"])
    message = conversation.message(pressed.get("replyToId", "")) if conversation else None
    if conversation and message and isinstance(shown.get("card"), dict):
        message.setdefault("shown", {})[pressed["from"]["id"]] = shown["card"]
        world.changed(message)
    return shown
