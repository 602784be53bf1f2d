"""What people do in Local Teams, and which activities Teams sends the bot for it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, get_origin, get_type_hints

from ..model.ids import split_thread
from ..model.messages import Activity
from ..model.people import Person
from ..model.teams import GroupChat, Team
from ..model.world import World
from .activities import ActivityBuilder
from .card_actions import find_button, press
from .finding import Place, find_person, find_place
from .team_changes import CHANGES, change_team

_PLAIN = re.compile("[^\x00-\x1f\x7f\ud800-\udfff]*")  # an id becomes part of a header
_LONE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class UserAction:
    """Something that a person does.

    Attributes:
        who: the person, by name, by first name where only one has it, or by id.
        does: one of `ACTIONS`.
        where: empty for the personal chat, else a group chat, a team or `Team/Channel` by name,
            or a conversation by id. For `creates`, the new channel as `Team/Channel`.
        text: the message, the new name of what is renamed, or the title of the pressed button.
        reply_to: in a channel, the id of the message whose thread this continues. For `presses`,
            the id of the message with the card; empty for the newest that has such a button.
        inputs: what the person entered in the card, by the ids of its inputs.
        which: of several buttons of a message with the same title, counted from 0.
    """

    who: str
    does: str
    where: str = ""
    text: str = ""
    reply_to: str = ""
    inputs: dict[str, Any] = field(default_factory=dict)
    which: int = 0


# The fields of an action with their types, for those who read it from JSON.
FIELDS = {name: get_origin(hint) or hint for name, hint in get_type_hints(UserAction).items()}

# `adds by upgrade` and `removes by upgrade`: a new version of the app brings the bot, or drops it.
ACTIONS = (
    *("says", "installs", "removes", "adds by upgrade", "removes by upgrade"),
    *("joins", "leaves", "blocks", "unblocks", "disables", "enables", "presses"),
    *CHANGES,
)


def perform(world: World, action: UserAction, *, service_url: str = "") -> list[Activity]:
    """Do what a person does; returns the activities that Teams sends the bot for it.

    Args:
        service_url: what the activities name; the world's own when empty.

    Raises:
        ValueError: no person, place or action has this name, or the action is not possible there;
            the message lists what there is. Nothing has changed then.
    """
    if not all(map(_PLAIN.fullmatch, (action.who, action.where, action.reply_to))):
        raise ValueError("who, where and reply_to are names and ids on one line")
    if _LONE.search(action.text + json.dumps(action.inputs, ensure_ascii=False)):
        raise ValueError("text or inputs contain half of a character, a lone surrogate")
    person, does = find_person(world, action.who), action.does
    service_url = service_url or world.service_url
    if does not in ACTIONS:
        raise ValueError(f"{does!r} is not one of {', '.join(ACTIONS)}")
    if does in CHANGES:
        change = change_team(world, does, action.where, action.text)
        team = change.team
        builder = ActivityBuilder(world, person, team.channels[0], team, service_url)
        heard = team.installed and not world.disabled_by_admin
        return [builder.team_changed(change.event_type, team, change.channel)] if heard else []
    place, conversation = find_place(world, person, action.where)
    team_or_none = place if isinstance(place, Team) else None
    builder = ActivityBuilder(world, person, conversation, team_or_none, service_url)
    match does:
        case "says":
            return _say(builder, action.text, action.reply_to)
        case "presses":
            return _press(builder, action)
        case "installs" | "removes" | "adds by upgrade" | "removes by upgrade":
            return _install_or_remove(builder, place, does)
        case "joins" | "leaves":
            return _join_or_leave(builder, place, does)
        # Teams sends the bot nothing for the others.
        case "blocks" | "unblocks":
            person.blocked = does == "blocks"
        case _:
            world.disabled_by_admin = does == "disables"
    return []


def _say(builder: ActivityBuilder, text: str, reply_to: str) -> list[Activity]:
    """Post a message. In a group chat and in a channel the bot gets only what mentions it."""
    world, conversation = builder.world, builder.conversation
    activity: Activity = {"type": "message", "text": text, "textFormat": "plain"}
    mentioned = conversation.kind == "personal" or "<at>" in text
    if mentioned and conversation.kind != "personal":
        mention = {
            "type": "mention",
            "text": f"<at>{world.bot_name}</at>",
            "mentioned": world.account(None),
        }
        activity["entities"] = [mention]
    message = world.post(conversation, activity, thread=reply_to, sender=builder.person)
    if not mentioned or world.disabled_by_admin or not world.bot_is_in(conversation):
        return []
    return [builder.message(message)]


def _press(builder: ActivityBuilder, action: UserAction) -> list[Activity]:
    """Press a button of a card; the bot gets it without being mentioned."""
    world, conversation = builder.world, builder.conversation
    button = find_button(
        conversation,
        action.text,
        person_id=builder.person.id,
        message_id=action.reply_to,
        which=action.which,
    )
    pressed = press(button.action, action.inputs)
    hears = not world.disabled_by_admin and world.bot_is_in(conversation)
    said: list[Activity] = []
    if pressed.said:
        _, root = split_thread(button.message["conversation"]["id"])
        message = {"type": "message", "text": pressed.said, "textFormat": "plain"}
        said = [world.post(conversation, message, thread=root, sender=builder.person)]
    if not hears:
        return []
    if pressed.fields is None:
        return [builder.message(message) for message in said]
    return [builder.card_action(button.message, pressed.fields)]


def _install_or_remove(builder: ActivityBuilder, place: Place, does: str) -> list[Activity]:
    place.installed = does in ("installs", "adds by upgrade")
    match does:
        case "installs" if builder.world.disabled_by_admin:
            return []
        case "installs":
            people = [builder.person] if isinstance(place, Person) else []
            added = builder.members_changed("membersAdded", None, *people)
            return [added, builder.installation_update("add")]
        case "removes":
            removed = builder.members_changed("membersRemoved", None)
            return [removed, builder.installation_update("remove")]
        case "adds by upgrade":
            return [builder.installation_update("add-upgrade")]
    return [builder.installation_update("remove-upgrade")]


def _join_or_leave(builder: ActivityBuilder, place: Place, does: str) -> list[Activity]:
    """Let a person join or leave a group chat or all channels of a team; nobody joins or leaves a
    personal chat."""
    person: Person = builder.person
    conversations = [place.conversation] if isinstance(place, GroupChat) else []
    if isinstance(place, Team):
        conversations = place.channels
    for conversation in conversations:
        if does == "joins" and person not in conversation.members:
            conversation.members.append(person)
        if does == "leaves" and person in conversation.members:
            conversation.members.remove(person)
    if not place.installed or builder.world.disabled_by_admin:
        return []
    key = "membersAdded" if does == "joins" else "membersRemoved"
    return [builder.members_changed(key, person)]
