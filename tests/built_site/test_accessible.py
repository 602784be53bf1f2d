"""Whoever reads by keyboard, by ear, large or in the dark can use the pages: axe finds nothing."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from samples.local_teams.testing import LocalTeams
from samples.runner.running import start
from tests.support.browsing import DESK, ON_COLORS, TELEPHONE, Screen

PAGES = {
    "home": "",
    "with samples and cards": "send/mention-and-card/",
    "with tables": "reference/errors-and-limits/",
    "notebook": "notebooks/pacing/",
    "with whole files": "well/broadcast/",
    "playground": "playground/",
}


def test_a_page_with_samples_and_cards(site_url: str, screen: Screen) -> None:
    screen.resize(DESK)
    screen.open(site_url + PAGES["with samples and cards"])
    screen.wear("default")
    screen.shows("h1")
    assert screen.violations() == [], "light, wide"


@pytest.mark.prove
@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_page_of_the_site(site_url: str, screen: Screen, page: str) -> None:
    screen.resize(DESK)
    screen.open(site_url + page)
    screen.wear("default")
    screen.shows("h1")
    assert screen.violations() == [], "light, wide"
    screen.resize(TELEPHONE)
    assert screen.violations(colors=False) == [], "narrow"
    screen.wear("slate")
    assert screen.violations(only=ON_COLORS) == [], "dark"


@pytest.mark.prove
def test_a_table_wider_than_a_telephone_is_scrolled_by_keyboard(
    site_url: str, screen: Screen
) -> None:
    screen.resize(TELEPHONE)
    screen.open(f"{site_url}well/fit-in/")
    wider = screen.each(
        ".md-typeset__scrollwrap[tabindex='0']", "(one) => one.scrollWidth > one.clientWidth"
    )
    assert wider.has(True)
    assert wider.lacks(False)
    assert screen.violations(only=["scrollable-region-focusable"]) == []


@pytest.mark.prove
@pytest.mark.usefixtures("environ")
def test_the_page_of_local_teams(teams: LocalTeams, screen: Screen) -> None:
    start("card")
    start("update_message")
    start("to_channel")
    chat = teams.world.personal_chat(teams.world.people[0])
    teams.world.post(chat, {"type": "message", "text": "Thanks"}, sender=teams.world.people[0])
    screen.prefer("light")
    screen.resize(DESK)
    screen.open(f"{teams.service_url}?conversation={quote(chat.id)}")
    assert screen.count(".message") == len(chat.messages)
    screen.click("#wire-switch")
    screen.click("#wire li summary")
    screen.click("#faults summary")
    screen.shows("#faults form")
    assert screen.violations() == [], "light"
    screen.prefer("dark")
    assert screen.violations() == [], "dark"
    screen.resize(TELEPHONE)
    assert screen.violations() == [], "the wire on a telephone"
    screen.click("#faults summary")
    screen.click("#wire-close")
    screen.shows("#back")
    assert screen.violations() == [], "the conversation on a telephone"
    screen.click("#back")
    screen.shows("nav")
    assert screen.violations() == [], "the list on a telephone"


@pytest.mark.prove
def test_the_check_can_fail(teams: LocalTeams, screen: Screen) -> None:
    screen.open(teams.service_url)
    screen.run("document.querySelector('#search').removeAttribute('aria-label')")
    screen.run("document.querySelector('#search').removeAttribute('placeholder')")
    screen.run("document.querySelector('.bar h1').style.color = '#999'")
    screen.shows("#search")
    result = [line.partition(":")[0] for line in screen.violations()]
    assert sorted(set(result)) == ["color-contrast", "label"]
