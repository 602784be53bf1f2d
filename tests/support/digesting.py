"""People who get the digest, and what they got."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from botbuilder.schema import Activity

from samples.local_teams.events.actions import UserAction, perform
from samples.local_teams.model.exchange import Request, Response
from samples.local_teams.model.world import World
from samples.local_teams.services import dispatch
from samples.local_teams.testing import LocalTeams
from samples.shared.conversations import Conversations

MONDAY_NINE = "2026-01-05T09:00+00:00"
Run = Callable[[str], str]


def meet(teams: LocalTeams, *names: str, where: str = "", service_url: str = "") -> None:
    """Let people say hello to a bot that remembers where."""
    for name in names:
        hello = UserAction(name, "says", where, "<at>Contoso Notifier</at> hello")
        for said in perform(teams.world, hello, service_url=service_url or teams.service_url):
            Conversations().remember(Activity().deserialize(said))


def got(world: World, name: str) -> list[str]:
    """The digests that somebody got, each by its day."""
    person = next(p for p in world.people if p.name == name)
    return [
        message["text"].partition(":")[0]
        for message in world.personal_chat(person).messages
        if message["from"]["id"] == world.bot_id
    ]


def answers(
    monkeypatch: pytest.MonkeyPatch, status: int, code: str, *, arrives: bool = False
) -> None:
    """Let Local Teams answer every send so."""

    def answer(world: World, request: Request) -> Response:
        if arrives:
            dispatch.answer(world, request)
        body = f'{{"error": {{"code": "{code}", "message": "Not now."}}}}'
        return Response(status, {"Content-Type": "application/json"}, body.encode())

    monkeypatch.setattr("samples.local_teams.server.hub.answer", answer)
