"""Plants faults in a Local Teams that plays Teams: what a conformance run has to find."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from samples.local_teams.model.exchange import Request, Response
from samples.local_teams.server.hub import HUB
from samples.local_teams.testing import LocalTeams
from samples.runner.conformance.probes import probes
from samples.runner.conformance.recording import local_side

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
