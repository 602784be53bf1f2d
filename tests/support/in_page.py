"""What tests of Run in the page share: what a run says, and code that a reader wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import requests

from samples.local_teams.model.contoso import contoso
from samples.local_teams.model.world import World
from samples.runner.in_page import run
from samples.runner.registry import GUARD, Registry
from tests.support.waiting import DEADLINE


class Heard(dict[str, list[Any]]):
    """What a run said, by kind."""

    def __call__(self, kind: str, what: Any) -> None:
        self.setdefault(kind, []).append(what)

    @property
    def printed(self) -> str:
        return "".join(self.get("printed", []))

    @property
    def failed(self) -> dict[str, Any]:
        (failed,) = self["failed"]
        return dict(failed)


def readers(folder: Path) -> Registry:
    """A registry with one sample, `mine`, whose code a reader writes."""
    mine = folder / "samples" / "send" / "mine.py"
    mine.parent.mkdir(parents=True)
    mine.write_text(f"{GUARD}\n    pass\n", "utf-8")
    registry = Registry(folder / "samples")
    registry.samples()
    return registry


def write(registry: Registry, text: str) -> None:
    """Write the code of `mine`."""
    registry.find("mine").start.write_text(text, "utf-8")


async def run_text(
    registry: Registry, text: str, heard: Heard, *, world: World | None = None
) -> None:
    """Run this text as `mine`."""
    write(registry, text)
    folder = str(registry.folder)
    await run("mine", world or contoso(), heard, folder=folder, registry=registry)


def ask(url: str, body: str | bytes | None = None) -> requests.Response:
    """Ask with `requests`, as the SDK does."""
    return requests.request("POST" if body else "GET", url, data=body, timeout=DEADLINE)
