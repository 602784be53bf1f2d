"""What a run did, in lines that a person reads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from samples.local_teams.model.messages import Activity
from samples.local_teams.model.teams import Conversation
from samples.local_teams.model.world import World

if TYPE_CHECKING:
    from samples.runner.running import Run

_KINDS = {"personal": "personal chat", "groupChat": "group chat", "channel": "channel"}


def title(world: World, conversation: Conversation) -> str:
    """What a person calls a conversation, for example `Releases (channel in Engineering)`."""
    team = world.team_of(conversation)
    return f"{conversation.name} ({_KINDS[conversation.kind]}{f' in {team.name}' if team else ''})"


def gist(message: Activity) -> str:
    """A message in one line: its text, and what else is in it."""
    if message.get("deleted"):
        return "(deleted)"
    text = message.get("text") or message.get("summary") or ""
    cards = len(message.get("attachments") or [])
    marks = [*(["card"] if cards == 1 else [f"{cards} cards"] if cards else [])]
    marks += ["edited"] if message.get("edited") else []
    return " ".join([*([text] if text else []), *(f"({mark})" for mark in marks)])


def report(world: World, done: Run, *, wire: bool = False) -> Iterator[str]:
    """What arrived, in which chat and from whom, a line each; with `wire`, every request too."""
    yield ""
    yield "What arrived" if done.arrived else "Nothing arrived."
    for conversation, messages in done.arrived:
        yield f"  {title(world, conversation)}"
        for message in messages:
            at = datetime.fromisoformat(message["timestamp"]).astimezone()
            yield f"    {at:%H:%M}  {message['from']['name']}: {gist(message)}"
    if wire:
        yield ""
        yield "On the wire"
        for exchange in done.wire:
            yield f"  {exchange.request.method} {exchange.request.path}"
            yield from _indented(exchange.request.json)
            yield f"  {exchange.response.status}"
            yield from _indented(exchange.response.json)


def _indented(body: Any) -> Iterator[str]:
    if body is None:
        return
    for line in json.dumps(body, indent=2, ensure_ascii=False).splitlines():
        yield f"      {line}"
