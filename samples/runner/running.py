"""Run a sample against Local Teams: what it printed, what arrived, what went over the wire."""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import os
import re
import runpy
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TextIO, TypeVar

from samples.local_teams.model.world import (
    Activity,
    Clock,
    Conversation,
    Person,
    Team,
    World,
    contoso,
)
from samples.local_teams.server.serving import HOST, PORT
from samples.local_teams.server.wire import Exchange
from samples.local_teams.testing import LocalTeams
from samples.runner import registry
from samples.runner.stories import play, read_story


@dataclass(frozen=True)
class Run:
    """What one run of a sample did.

    Attributes:
        printed: standard output.
        complaint: what it ended with when it failed, else empty.
        arrived: the conversations where something arrived, each with what is new in it.
        wire: the requests to the Connector with their answers.
        service_url: where Local Teams was.
        world: what Local Teams held when the run was over.
    """

    sample: str
    printed: str
    complaint: str
    arrived: list[tuple[Conversation, list[Activity]]]
    wire: list[Exchange]
    service_url: str
    world: World


def environment(world: World, service_url: str, folder: str) -> dict[str, str]:
    """What a sample reads from its environment, for the Contoso world; empty means not set.

    Args:
        folder: where the sample may keep its database.
    """
    team, chat = world.teams[0], world.group_chats[0]
    return {
        "MicrosoftAppId": "",
        "MicrosoftAppPassword": "",
        "MicrosoftAppType": "",
        "MicrosoftAppTenantId": "",
        "TEAMS_SERVICE_URL": service_url,
        "TEAMS_ALLOWED_SERVICE_URLS": service_url,  # which gets the token of who signs in
        "TEAMS_TENANT_ID": world.tenant_id,
        "TEAMS_USER_ID": world.people[0].id,
        "TEAMS_TEAM_ID": team.id,
        "TEAMS_CHANNEL_ID": team.channels[1].id,
        "TEAMS_CHAT_ID": chat.conversation.id,
        "TEAMS_CONVERSATION_ID": world.personal_chat(world.people[0]).id,
        "CONVERSATIONS_URL": f"sqlite:///{folder}/conversations.db",
        "OUTBOX_URL": f"sqlite:///{folder}/outbox.db",
        "GRAPH_URL": f"{service_url}v1.0",
        "TEAMS_APP_MANIFEST_ID": world.catalog[0].manifest_id or "",
        "TEAMS_USER_OBJECT_ID": without_app(world.people).aad_object_id,
        "TEAMS_TEAM_OBJECT_ID": without_app(world.teams).aad_group_id,
        "TEAMS_MEMBER_OBJECT_IDS": ",".join(p.aad_object_id for p in world.people[:3]),
        "TEAMS_GROUP_ID": world.groups[0].id if world.groups else team.aad_group_id,
    }


T = TypeVar("T", Person, Team)


def without_app(places: Sequence[T]) -> T:
    """The first who has not got the app, for samples that install it; else the first."""
    return next((place for place in places if not place.installed), places[0])


def run(
    sample: str,
    *,
    user: str = "",
    world: World | None = None,
    echo: TextIO | None = None,
    sign_in: bool = False,
) -> Run:
    """Run a sample against a Local Teams of its own: as `__main__`, or by its story if it has one.

    Args:
        sample: its name in the registry, or an old one.
        user: whom TEAMS_USER_ID names, by name or id; the first person when empty.
        world: what Local Teams holds; Contoso when None.
        echo: where to show what the sample prints while it runs.
        sign_in: whether the sample gets an app id, signs in, and is called with signed requests.

    Raises:
        LookupError: there is no such sample; the message lists those there are.
    """
    chosen = registry.find(sample)
    world = world or contoso()
    before = {conversation.id: len(conversation.messages) for conversation in world.conversations()}
    printed, complaint = _Tee(echo), ""
    story = read_story(chosen)
    if sign_in:  # imported here because no browser has what it needs
        from samples.local_teams.server.signing_in import signing_in
        from samples.local_teams.sign_in.authority import Authority
    authority = Authority.of(world) if sign_in else None
    with (
        LocalTeams(world, authority) as teams,
        TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        contextlib.ExitStack() as signing,
    ):
        signed_in = signing.enter_context(signing_in(authority)) if authority else {}
        variables = environment(world, teams.service_url, folder) | story.environment | signed_in
        if user:
            person = next((p for p in world.people if p.name == user), world.person(user))
            variables["TEAMS_USER_ID"] = person.id if person and person.name == user else user
            if person:
                variables["TEAMS_USER_OBJECT_ID"] = person.aad_object_id
        try:
            if story.steps:
                play(teams, story, variables, say=printed)
            if not story.is_bot:
                with environ(variables), contextlib.redirect_stdout(printed):
                    start(sample, *story.arguments)
        except SystemExit as ended:
            complaint = str(ended.code) if ended.code else ""
    arrived = [
        (conversation, conversation.messages[before.get(conversation.id, 0) :])
        for conversation in world.conversations()
        if len(conversation.messages) > before.get(conversation.id, 0)
    ]
    return Run(
        chosen.name,
        printed.getvalue(),
        complaint,
        arrived,
        teams.wire,
        teams.service_url,
        world,
    )


def start(sample: str, *arguments: str) -> None:
    """`python -m <the sample's module> <arguments>`, in this process."""
    module = registry.find(sample).module
    # runpy warns of a module that is imported already
    before = {
        name: sys.modules.pop(name)
        for name in (module, f"{module}.__main__")
        if name in sys.modules
    }
    line = sys.argv
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        sys.argv = line
        sys.modules.update(before)


class _Tee(io.StringIO):
    """Keeps what is written, and shows it at once."""

    def __init__(self, echo: TextIO | None) -> None:
        super().__init__()
        self._echo = echo

    def write(self, text: str) -> int:
        if self._echo:
            self._echo.write(text)
        return super().write(text)


@contextlib.contextmanager
def environ(variables: dict[str, str]) -> Iterator[None]:
    """These variables on top of the environment, for a while."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


# -- telling a person ----------------------------------------------------------------------------

_KINDS = {"personal": "personal chat", "groupChat": "group chat", "channel": "channel"}


def title(world: World, conversation: Conversation) -> str:
    """How a person calls a conversation, for example `Releases (channel in Engineering)`."""
    team = world.team_of(conversation)
    return f"{conversation.name} ({_KINDS[conversation.kind]}{f' in {team.name}' if team else ''})"


def gist(message: Activity) -> str:
    """A message in one line: its text, or what else there is of it."""
    if message.get("deleted"):
        return "(deleted)"
    said = message.get("text") or message.get("summary") or ""
    cards = len(message.get("attachments") or [])
    marks = [*(["card"] if cards == 1 else [f"{cards} cards"] if cards else [])]
    marks += ["edited"] if message.get("edited") else []
    return " ".join([*([said] if said else []), *(f"({mark})" for mark in marks)])


def report(world: World, done: Run, *, wire: bool = False) -> Iterator[str]:
    """Lines that tell what arrived, in which chat, from whom, and on request what was sent."""
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


# -- recording for a page ------------------------------------------------------------------------


def ticking(start: datetime = datetime(2026, 1, 5, 9, tzinfo=UTC)) -> Clock:
    """A clock for recordings: each look is one second after the one before."""
    seconds = itertools.count()
    return lambda: start + timedelta(seconds=next(seconds))


def rehearse(sample: str, *, sign_in: bool = False) -> Run:
    """Run a sample so that the next time goes like this one: in Contoso, by a clock that ticks."""
    return run(sample, world=contoso(clock=ticking()), sign_in=sign_in)


def recording(done: Run) -> str:
    """All that a rehearsal did as JSON, the same bytes each time.

    The port and the random ids that the SDK makes differ from run to run: the recording shows the
    usual port and counts the ids.
    """
    world = done.world
    told: dict[str, Any] = {
        "sample": done.sample,
        "printed": done.printed,
        "complaint": done.complaint,
        "arrived": [
            {"id": c.id, "kind": c.kind, "title": title(world, c), "messages": messages}
            for c, messages in done.arrived
        ],
        "wire": [
            {
                "method": exchange.request.method,
                "path": exchange.request.path,
                "body": exchange.request.json,
                "status": exchange.response.status,
                "answer": exchange.response.json,
            }
            for exchange in done.wire
        ],
    }
    text = json.dumps(told, indent=2, ensure_ascii=False).replace(
        done.service_url, f"http://{HOST}:{PORT}/"
    )
    known = json.dumps(world.as_json(""))
    counted: dict[str, str] = {}

    def count(found: re.Match[str]) -> str:
        if found[0] in known:
            return found[0]
        return counted.setdefault(found[0], f"00000000-0000-4000-8000-{len(counted) + 1:012}")

    return re.sub(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", count, text) + "\n"


def record_all(folder: Path, samples: Sequence[str] = (), *, show: TextIO = sys.stderr) -> None:
    """Write `<sample>.json` for every sample, each whole or not at all; drop those of no sample.

    Args:
        samples: which to record; every one when empty.
    """
    chosen = [registry.find(sample).name for sample in samples] or list(registry.samples())
    folder.mkdir(parents=True, exist_ok=True)
    for sample in chosen:
        print(f"recording {sample}", file=show)
        part = folder / f"{sample}.json.part"
        part.write_text(recording(rehearse(sample)), "utf-8")
        part.replace(folder / f"{sample}.json")
    for old in folder.glob("*.json"):
        if old.stem not in registry.samples():
            old.unlink()
