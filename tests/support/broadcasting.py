"""Whom the broadcast command writes to, and what they got."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from samples.local_teams.testing import LocalTeams
from tests.support import ROOT, forked
from tests.support.crowd import remember

ADA, GRACE, ALAN, BARBARA, DENNIS = 0, 1, 2, 5, 6  # their places among Contoso's people


class Told:
    """What the command said, and its exit status."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err


Broadcast = Callable[..., Told]


def know(teams: LocalTeams, *people: int) -> None:
    remember(teams.world, os.environ["CONVERSATIONS_URL"], *(teams.world.people[n] for n in people))


def cards(teams: LocalTeams, person: int) -> list[str]:
    """The second text of each card that somebody got."""
    chat = teams.world.personal_chat(teams.world.people[person])
    return [m["attachments"][0]["content"]["body"][1]["text"] for m in chat.messages]


def listing(tmp_path: Path, *lines: str, head: str = "aad_object_id,name") -> str:
    file = tmp_path / "people.csv"
    file.write_text("\n".join([head, *lines]), "utf-8-sig")  # as spreadsheets save it
    return str(file)


def message(tmp_path: Path, text: str) -> str:
    file = tmp_path / "message.json"
    file.write_text(text, "utf-8")
    return str(file)


def ids(teams: LocalTeams, *people: int) -> list[str]:
    return [f"{teams.world.people[n].aad_object_id},{teams.world.people[n].name}" for n in people]


def process(environ: dict[str, str], *arguments: str) -> Any:
    return forked.Popen(
        [sys.executable, "-m", "samples.well.broadcast", *arguments],
        cwd=ROOT,
        env=os.environ | environ,
        stdout=forked.PIPE,
        stderr=forked.PIPE,
        text=True,
    )
