"""Runs programs in other languages against Local Teams, signed in and not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from samples.facts import facts
from samples.local_teams.model.contoso import contoso
from samples.local_teams.server.signing_in import signing_in
from samples.local_teams.server.variables import anonymous
from samples.local_teams.sign_in.authority import Authority
from samples.local_teams.testing import LocalTeams


@dataclass
class Started:
    """A program that has ended, and the Local Teams that it talked to."""

    teams: LocalTeams
    status: int
    output: str
    errors: str


@contextmanager
def other_program(
    command: str, path: Path, *, signed_in: bool = False, **more: str
) -> Iterator[Started]:
    """Run a program with the variables that `serve` prints, to its end.

    Args:
        command: what runs it: `node` is the one of requirements.txt.
        more: variables that differ.
    """
    world = contoso()
    authority = Authority.of(world) if signed_in else None
    with ExitStack() as running:
        teams = running.enter_context(LocalTeams(world, authority))
        environ = without_credentials() | teams.environment
        environ |= (
            running.enter_context(signing_in(authority, local_teams=teams.service_url))
            if authority
            else anonymous()
        )
        tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            [command, str(path)],
            env=environ | {"PATH": tools} | more,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        yield Started(teams, done.returncode, done.stdout, done.stderr)


def without_credentials() -> dict[str, str]:
    """The environment of this process, without anybody's credentials."""
    names = {name for client in facts()["clients"] for name in client["credentials"]}
    return {name: value for name, value in os.environ.items() if name not in names}
