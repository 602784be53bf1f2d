"""What a page costs its reader before the first click: bytes, and text that moves meanwhile."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from tests.support.browsing import DESK, TELEPHONE, Screen
from tests.support.pages import pages
from tests.support.serving import served
from tests.support.weighing import Visit, open_and_settle, sent, shifted, weights

KB = 1024
LIGHT, HEAVIER = 120 * KB, 150 * KB  # the most that a page may weigh
PAGES = ["", "well/broadcast/", "playground/"]
MORE = ["send/mention-and-card/", "reference/errors-and-limits/", "notebooks/pacing/"]
UNSEEN = 0.02  # so little movement costs nothing with Lighthouse
LATER = ("search/documents.json", "adaptivecards.min.js", "run/editor.js", "run/samples.json")


def most(page: str) -> int:
    return LIGHT if page in ("", "index.html") or page.startswith("send/") else HEAVIER


@cache
def visited(site: Path, screen: Screen, page: str, size: tuple[int, int]) -> Visit:
    """What a browser that has nothing loads for a page, and how much of the page moves."""
    asked: list[str] = []
    screen.resize(size)
    with served(site, asked) as url:  # a new address
        open_and_settle(screen, url + page)
        missing = [line for line in asked if line.startswith("404")]
        visit = Visit(weights(site, asked), missing, shifted(screen))
        screen.open("about:blank")  # before its server ends
    return visit


def is_light_and_does_not_move(visit: Visit, page: str) -> None:
    assert {page, "assets/run/run.js"} <= visit.loaded.keys()
    assert [name for name in visit.loaded if name.endswith(LATER)] == []
    heaviest = sorted(visit.loaded.items(), key=lambda one: -one[1])
    assert sum(visit.loaded.values()) <= most(page), heaviest
    assert visit.missing == []
    assert visit.moved <= UNSEEN


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page or "home")
def test_a_page_is_light_and_does_not_move(site: Path, screen: Screen, page: str) -> None:
    is_light_and_does_not_move(visited(site, screen, page, DESK), page)


@pytest.mark.prove
@pytest.mark.parametrize("size", [DESK, TELEPHONE], ids=["wide", "narrow"])
@pytest.mark.parametrize("page", [*PAGES, *MORE], ids=lambda page: page or "home")
def test_each_kind_of_page_is_light_and_does_not_move(
    site: Path, screen: Screen, page: str, size: tuple[int, int]
) -> None:
    is_light_and_does_not_move(visited(site, screen, page, size), page)


def test_no_page_is_heavy(site: Path, screen: Screen) -> None:
    """What the pages differ in is their HTML: they all load the same beside it."""
    page = "well/broadcast/"  # which draws a chat
    beside = dict(visited(site, screen, page, DESK).loaded)
    del beside[page]
    rest = sum(beside.values())
    weigh = {name: rest + sent(site / name) for name in pages(site)}
    doubtful = [name for name, size in weigh.items() if size > most(name)]  # draws no chat?
    heavy = {
        name: sum(visited(site, screen, name.removesuffix("index.html"), DESK).loaded.values())
        for name in doubtful
    }
    assert {name: size for name, size in heavy.items() if size > most(name)} == {}


def test_a_card_is_drawn_by_the_library_once_a_reader_comes_near(
    site_url: str, screen: Screen
) -> None:
    screen.open(f"{site_url}send/mention-and-card/")
    assert screen.count(".said.card") >= 1
    assert screen.count(".ac-adaptiveCard") == 0
    screen.run("[...document.querySelectorAll('teams-conversation')].at(-1).scrollIntoView()")
    assert screen.count(".ac-adaptiveCard") >= 1
