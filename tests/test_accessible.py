"""Whoever reads by keyboard, by ear, large or in the dark can use the pages: axe finds nothing."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from samples.local_teams.running import start
from samples.local_teams.server import LocalTeams
from tests.programs import NPM, require
from tests.test_docs import served

AXE = Path(__file__).parents[1] / "node_modules" / "axe-core" / "axe.min.js"
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]  # WCAG 2.2 AA
# Rules on colors take nearly all the time. They look at each scheme of colors once, and the others,
# which know no colors, at each size.
ON_COLORS = ["color-contrast", "link-in-text-block"]
DESK, TELEPHONE = (1280, 900), (390, 844)


@functools.cache
def axe_source() -> str:
    require(AXE.exists(), NPM)
    return AXE.read_text("utf-8")


@pytest.fixture
def screen(browser: webdriver.Chrome) -> Iterator[webdriver.Chrome]:
    """The browser, whose size and colors are as before in the end."""
    yield browser
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def color(screen: webdriver.Chrome, scheme: str) -> None:
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    screen.execute_cdp_cmd("Emulation.setEmulatedMedia", media)


def wear(screen: webdriver.Chrome, scheme: str) -> None:
    """Give a page of the site these colors, as Material's switch does."""
    screen.execute_script("document.body.dataset.mdColorScheme = arguments[0]", scheme)


def resize(screen: webdriver.Chrome, size: tuple[int, int]) -> None:
    width, height = size
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    screen.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def found(
    screen: webdriver.Chrome, *, only: list[str] | None = None, colors: bool = True
) -> list[str]:
    """What axe finds wrong on the page, a line each; by all rules of WCAG 2.2 AA or some."""
    screen.execute_script(f"if (!globalThis.axe) {{ {axe_source()} }}")
    by = {"type": "rule", "values": only} if only else {"type": "tag", "values": LEVELS}
    rules = {} if colors else {rule: {"enabled": False} for rule in ON_COLORS}
    told: list[dict[str, Any]] = screen.execute_async_script(
        """
        const [options, done] = arguments;
        document.getAnimations().forEach((one) => one.finish());  // no color is half-way
        const drawn = () => axe.run(options).then(({violations}) => done(violations));
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(drawn)));
        """,
        {"runOnly": by, "rules": rules, "resultTypes": ["violations"]},
    )
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in told
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize(
    "page",
    ["", "send/mention-and-card/", "reference/errors-and-limits/", "notebooks/pacing/"],
    ids=["home", "with samples and cards", "with tables", "notebook"],
)
def test_a_page_of_the_site(site: Path, screen: webdriver.Chrome, page: str) -> None:
    resize(screen, DESK)
    with served(site) as url:
        screen.get(url + page)
        wear(screen, "default")
        assert found(screen) == [], "light, wide"
        resize(screen, TELEPHONE)
        assert found(screen, colors=False) == [], "narrow"
        wear(screen, "slate")
        assert found(screen, only=ON_COLORS) == [], "dark"


def test_a_table_wider_than_a_telephone_is_scrolled_by_keyboard(
    site: Path, screen: webdriver.Chrome
) -> None:
    resize(screen, TELEPHONE)
    with served(site) as url:
        screen.get(f"{url}well/fit-in/")
        reached = WebDriverWait(screen, 10, 0.02).until(
            lambda _: screen.find_elements(By.CSS_SELECTOR, ".md-typeset__scrollwrap[tabindex='0']")
        )
        assert all(
            screen.execute_script("return arguments[0].scrollWidth > arguments[0].clientWidth", one)
            for one in reached
        )
        assert found(screen, only=["scrollable-region-focusable"]) == []


@pytest.mark.usefixtures("environ")
def test_the_page_of_local_teams(teams: LocalTeams, screen: webdriver.Chrome) -> None:
    start("card")
    start("update_message")
    start("to_channel")
    chat = teams.world.personal_chat(teams.world.people[0])
    teams.world.post(chat, {"type": "message", "text": "Thanks"}, sender=teams.world.people[0])
    color(screen, "light")
    resize(screen, DESK)
    screen.get(f"{teams.service_url}?conversation={quote(chat.id)}")
    root = screen.find_element(By.TAG_NAME, "teams-conversation").shadow_root
    WebDriverWait(screen, 10, 0.02).until(lambda _: root.find_elements(By.CSS_SELECTOR, ".message"))
    screen.find_element(By.ID, "wire-switch").click()
    WebDriverWait(screen, 10, 0.02).until(
        lambda _: screen.find_elements(By.CSS_SELECTOR, "#wire li")
    )
    screen.find_element(By.CSS_SELECTOR, "#wire li summary").click()
    screen.find_element(By.CSS_SELECTOR, "#weather summary").click()
    assert found(screen) == [], "light"
    color(screen, "dark")
    assert found(screen) == [], "dark"
    resize(screen, TELEPHONE)
    assert found(screen) == [], "the wire on a telephone"
    screen.find_element(By.CSS_SELECTOR, "#weather summary").click()
    screen.find_element(By.ID, "wire-close").click()
    assert found(screen) == [], "the conversation on a telephone"
    screen.find_element(By.ID, "back").click()
    assert found(screen) == [], "the list on a telephone"


def test_the_check_can_fail(teams: LocalTeams, screen: webdriver.Chrome) -> None:
    screen.get(teams.service_url)
    screen.execute_script("document.querySelector('#search').removeAttribute('aria-label')")
    screen.execute_script("document.querySelector('#search').removeAttribute('placeholder')")
    screen.execute_script("document.querySelector('.bar h1').style.color = '#999'")
    told = [line.partition(":")[0] for line in found(screen)]
    assert sorted(set(told)) == ["color-contrast", "label"]
