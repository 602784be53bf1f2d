"""Records what a sample does, the same bytes each time, for the pages."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

from samples.local_teams.model.clock import Clock
from samples.local_teams.model.contoso import contoso
from samples.local_teams.server.serving import HOST, PORT
from samples.runner import registry
from samples.runner.report import title
from samples.runner.running import Run, run


def ticking(start: datetime = datetime(2026, 1, 5, 9, tzinfo=UTC)) -> Clock:
    """A clock for recordings: each reading is one second after the one before."""
    seconds = itertools.count()
    return lambda: start + timedelta(seconds=next(seconds))


def rehearse(sample: str, *, sign_in: bool = False) -> Run:
    """Run a sample so that every run does the same: in Contoso, by a clock that ticks."""
    return run(sample, world=contoso(clock=ticking()), sign_in=sign_in)


def recording(done: Run) -> str:
    """What a rehearsal did, as JSON; every rehearsal of a sample gives the same bytes.

    The port and the SDK's random ids differ from run to run: a recording has the usual port, and
    numbers instead of these ids.
    """
    world = done.world
    payload: dict[str, Any] = {
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
    text = json.dumps(payload, indent=2, ensure_ascii=False).replace(
        done.service_url, f"http://{HOST}:{PORT}/"
    )
    known = json.dumps(world.as_json(""))
    counted: dict[str, str] = {}

    def count(found: re.Match[str]) -> str:
        if found[0] in known:
            return found[0]
        return counted.setdefault(found[0], f"00000000-0000-4000-8000-{len(counted) + 1:012}")

    return re.sub(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", count, text) + "\n"


def record_all(folder: Path, names: Sequence[str] = (), *, show: TextIO) -> None:
    """Write `<name>.json` for every sample, each whole or not at all; remove those of no sample.

    Other JSON files in the folder stay.

    Args:
        names: the samples to record; every one when empty.
        show: gets a line for each sample, before it runs.

    Raises:
        LookupError: there is no such sample; nothing is recorded then.
    """
    chosen = [registry.find(name) for name in names] or registry.everything()
    for number, sample in enumerate(chosen, 1):
        print(f"recording {sample.name} ({number} of {len(chosen)})", file=show, flush=True)
        final = folder / f"{sample.name}.json"
        final.parent.mkdir(parents=True, exist_ok=True)
        part = final.with_suffix(".json.part")
        part.write_text(recording(rehearse(sample.name)), "utf-8")
        part.replace(final)
    keep = {folder / f"{sample.name}.json" for sample in registry.everything()}
    for place in (folder / sdk for sdk in registry.FOLDERS):
        for old in place.glob("*.json"):
            if old not in keep and _is_recording(old):
                old.unlink()


def _is_recording(path: Path) -> bool:
    """Whether a file was written by `record_all`."""
    try:
        payload = json.loads(path.read_text("utf-8"))
    except ValueError:
        return False
    return isinstance(payload, dict) and str(payload.get("sample")).endswith(path.stem)
