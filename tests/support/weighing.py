"""How heavy a page is before its reader does anything, and how much of it moves."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from tests.support.browsing import Screen
from tests.support.waiting import eventually

# Hosts compress text, and send what is compressed as it is.
COMPRESSED = (".png", ".zip", ".xz", ".deflate")

# How much of the page moved, as Chromium counts (https://web.dev/articles/cls), all of it.
SHIFTED = """
    return (async () => {
      let entries = [];
      const observer = new PerformanceObserver((list) => entries.push(...list.getEntries()));
      observer.observe({ type: "layout-shift", buffered: true });
      for (const _ of [1, 2]) await new Promise((done) => requestAnimationFrame(done));
      entries.push(...observer.takeRecords());
      return entries.reduce((sum, { value }) => sum + value, 0);
    })();
"""


class Visit(NamedTuple):
    """What came with a page: the bytes of each file by its path, what was asked for and is not
    there, and how much of the page moved."""

    loaded: dict[str, int]
    missing: list[str]
    moved: float


@cache
def sent(file: Path) -> int:
    """The bytes of a file as a host sends it."""
    data = file.read_bytes()
    return len(data if file.suffix in COMPRESSED else gzip.compress(data, 6))


def weights(site: Path, asked: Iterable[str]) -> dict[str, int]:
    """The bytes of each file that a browser asked for, once, by its path.

    Args:
        asked: what `served` wrote, a status and a path each.
    """
    names = {unquote(urlsplit(line.split(" ", 1)[1]).path)[1:] for line in asked}
    files = {
        name: site / name / "index.html" if name[-1:] in ("", "/") else site / name
        for name in names
    }
    return {name: sent(file) for name, file in files.items() if file.is_file()}


def open_and_settle(screen: Screen, url: str) -> None:
    """Open a page, and wait until it asks for nothing more: for half a second, says Chromium."""
    seen = screen.events()[:0]

    def is_idle() -> bool:
        seen.extend(screen.events())
        frames = [one["params"]["frame"] for one in seen if one["method"] == "Page.frameNavigated"]
        loaders = {frame["loaderId"] for frame in frames if frame["url"] == url}
        return any(
            one["params"]["name"] == "networkIdle" and one["params"]["loaderId"] in loaders
            for one in seen
            if one["method"] == "Page.lifecycleEvent"
        )

    screen.open(url)
    eventually(is_idle)


def shifted(screen: Screen) -> float:
    """How much of the page has moved since it was opened."""
    value: float = screen.value(SHIFTED).when(lambda value: value is not None)
    return value
