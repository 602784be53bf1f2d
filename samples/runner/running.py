"""Runs a sample against Local Teams, and returns what it printed, what arrived and what it sent."""

from __future__ import annotations

import contextlib
import io
import runpy
import sys
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import TextIO

from samples.local_teams.model.contoso import contoso
from samples.local_teams.model.messages import Activity
from samples.local_teams.model.teams import Conversation
from samples.local_teams.model.world import World
from samples.local_teams.server.wire import Exchange
from samples.local_teams.testing import LocalTeams
from samples.runner.environment import environ, environment
from samples.runner.playing import play
from samples.runner.registry import find
from samples.runner.stories import read_story


@dataclass(frozen=True)
class Run:
    """What one run of a sample did.

    Attributes:
        printed: its standard output.
        complaint: the text of the error that it ended with; empty when it ended well.
        arrived: the conversations with new messages, each with these messages.
        wire: the requests to the Connector and to Graph, with their answers.
        service_url: the address that Local Teams had.
        world: the world of Local Teams after the run.
    """

    sample: str
    printed: str
    complaint: str
    arrived: list[tuple[Conversation, list[Activity]]]
    wire: list[Exchange]
    service_url: str
    world: World


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
        world: the world of Local Teams; Contoso when None.
        echo: shows what the sample prints while it runs.
        sign_in: whether the sample gets an app id, signs in, and receives signed requests.

    Raises:
        LookupError: there is no such sample; the message lists all samples.
    """
    chosen = find(sample)
    world = world or contoso()
    before = {conversation.id: conversation.posted for conversation in world.conversations()}
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
            variables |= _addressing(user, world)
        try:
            if story.steps:
                play(teams, story, variables, say=printed)
            if not story.is_bot:
                with environ(variables), contextlib.redirect_stdout(printed):
                    start(sample, *story.arguments)
        except SystemExit as ended:
            complaint = str(ended.code) if ended.code else ""
    arrived = [
        (conversation, conversation.since(before.get(conversation.id, 0)))
        for conversation in world.conversations()
        if conversation.posted > before.get(conversation.id, 0)
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


def _addressing(user: str, world: World) -> dict[str, str]:
    """The variables that name whom to write to; an unknown id is for Teams to refuse."""
    person = next((p for p in world.people if p.name == user), world.person(user))
    named = {"TEAMS_USER_ID": person.id if person and person.name == user else user}
    return named | ({"TEAMS_USER_OBJECT_ID": person.aad_object_id} if person else {})


def start(sample: str, *arguments: str) -> None:
    """`python -m <the sample's module> <arguments>`, in this process."""
    module = find(sample).module
    # runpy warns about a module that is imported already
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
    """Keeps what is written to it, and shows it at once."""

    def __init__(self, echo: TextIO | None) -> None:
        super().__init__()
        self._echo = echo

    def write(self, text: str) -> int:
        if self._echo:
            self._echo.write(text)
        return super().write(text)
