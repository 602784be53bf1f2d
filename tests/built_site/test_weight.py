"""What a page costs its reader before the first click: bytes, and text that moves meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.browsing import DESK, TELEPHONE, Screen
from tests.support.serving import served
from tests.support.weighing import open_and_settle, shifted, weights

KB = 1024
PAGES = {  # with the most that each may weigh
    "": 120 * KB,
    "send/mention-and-card/": 120 * KB,
    "well/broadcast/": 150 * KB,
    "reference/errors-and-limits/": 150 * KB,
    "notebooks/pacing/": 150 * KB,
    "playground/": 150 * KB,
}
SIZES = [
    pytest.param(DESK, id="wide"),
    pytest.param(TELEPHONE, id="narrow", marks=pytest.mark.prove),
]
UNSEEN = 0.02  # so little movement costs nothing with Lighthouse
LATER = ("search/documents.json", "adaptivecards.min.js", "run/editor.js", "run/samples.json")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page or "home")
def test_a_page_is_light_and_does_not_move(
    site: Path, screen: Screen, page: str, size: tuple[int, int]
) -> None:
    asked: list[str] = []
    screen.resize(size)
    with served(site, asked) as url:  # where the browser has nothing in its cache
        open_and_settle(screen, url + page)
        loaded = weights(site, asked)
        moved = shifted(screen)
        screen.open("about:blank")  # before its server ends
    assert {page, "assets/run/run.js"} <= loaded.keys()
    assert [name for name in loaded if name.endswith(LATER)] == []
    heaviest = sorted(loaded.items(), key=lambda one: -one[1])
    assert sum(loaded.values()) <= PAGES[page], heaviest
    assert moved <= UNSEEN
