"""Plants faults in a Local Teams that plays Teams: what a conformance run has to find.

`python -m tests.support.planting FILE` writes what such a run prints, for its page.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from samples.local_teams.model.exchange import Request, Response
from samples.local_teams.server.hub import HUB
from samples.local_teams.testing import LocalTeams
from samples.runner.conformance.asking import Side
from samples.runner.conformance.command import report
from samples.runner.conformance.probes import probes
from samples.runner.conformance.recording import LONG, local_side, record

Fault = Callable[[Response], Response]


def plant(teams: LocalTeams, faults: Mapping[str, Fault], *, signed_in: bool = False) -> None:
    """Make the answers to probes differ, by the probe's name."""
    names = [probe.name for probe in every_probe(signed_in=signed_in)]
    assert faults.keys() <= set(names)
    hub = teams._app[HUB]
    right, asked = hub.answer, iter(names)

    def answer(request: Request) -> Response:
        fault = faults.get(next(asked, ""))
        return fault(right(request)) if fault else right(request)

    hub.answer = answer  # type: ignore[method-assign]


def every_probe(*, signed_in: bool) -> Any:
    with local_side(signed_in=False, user_id="", in_general=False) as side:
        return probes(set(side.values), signed_in=signed_in)


def status(number: int) -> Fault:
    return lambda response: replace(response, status=number)


def header(name: str, value: str | None) -> Fault:
    """An answer with this header; without it for None."""

    def fault(response: Response) -> Response:
        headers = {key: text for key, text in response.headers.items() if key != name}
        return replace(response, headers=headers | ({name: value} if value else {}))

    return fault


def body(change: Callable[[Any], Any]) -> Fault:
    """An answer whose body is changed; `change` returns the new one, or changes it in place."""

    def fault(response: Response) -> Response:
        payload = response.json
        changed = change(payload)
        return replace(response, body=json.dumps(payload if changed is None else changed).encode())

    return fault


def dropped(response: Response) -> Response:
    """No answer: the connection is closed."""
    return replace(response, dropped=True)


def as_teams(teams: LocalTeams, token: str = "", **values: str) -> Side:
    """Local Teams as Teams, with the values that a reader's settings have."""
    world = teams.world
    usual = {
        "app": world.bot_app_id if token else "",
        "bot": world.bot_id if token else "28:",
        "tenant": world.tenant_id,
        "user": world.people[0].id,
        "team": world.teams[0].id,
        "channel": world.teams[0].channels[1].id,
        "long": LONG,
    }
    return Side(teams.service_url, token, usual | values)


def example() -> str:
    """What a run prints against a Teams with two planted faults."""
    with LocalTeams() as teams:
        wrong = body(lambda payload: payload["error"].update(code="NotFound"))
        plant(teams, {"send": status(202), "no member": wrong})
        chosen = every_probe(signed_in=False)
        recording, _ = asyncio.run(record(as_teams(teams), chosen, day="2026-11-28"))
    return "".join(f"{line}\n" for line in report(recording))


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(example(), "utf-8")
