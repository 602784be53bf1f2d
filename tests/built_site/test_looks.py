"""What a reader must be able to see and hit: focus, names, tables, links; measured in a browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from samples.local_teams.testing import LocalTeams
from tests.built_site.test_accessible import DESK, TELEPHONE, color, resize, wear
from tests.built_site.test_docs import served

FINGER = (
    44  # CSS pixels: WCAG 2.2, 2.5.5 (enhanced), https://www.w3.org/TR/WCAG22/#target-size-enhanced
)
CONTRAST = 3  # of a focus indicator: https://www.w3.org/TR/WCAG22/#non-text-contrast
WITH_TABS = ["to-a-person", "to-a-known-chat", "to-a-group-chat", "to-a-channel"]


@pytest.fixture
def screen(browser: webdriver.Chrome) -> Iterator[webdriver.Chrome]:
    """The browser, whose size and colors are as before in the end."""
    yield browser
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def until(screen: webdriver.Chrome, there: Callable[[], Any], what: str = "") -> Any:
    return WebDriverWait(screen, 20, 0.02).until(lambda _: there(), what)


def clipped(screen: webdriver.Chrome, selector: str) -> list[str]:
    """The text of each element that is wider inside than it is."""
    return list(
        screen.execute_script(
            "return [...document.querySelectorAll(arguments[0])].filter((one) => "
            "one.scrollWidth > one.clientWidth + 1).map((one) => one.textContent.trim())",
            selector,
        )
    )


# -- samples in tabs -------------------------------------------------------------------------------


def test_no_paragraph_has_a_block_in_it(site: Path) -> None:
    """Browsers end the paragraph there, so that an empty one follows."""
    inside = re.compile(r"<p>\s*<(?:div|p|details|table|pre|ul|ol|h\d)\b[^>]*>")
    for page in site.rglob("*.html"):
        assert not inside.findall(page.read_text("utf-8")), page


@pytest.mark.parametrize("page", WITH_TABS)
def test_to_edit_replaces_the_code(site: Path, screen: webdriver.Chrome, page: str) -> None:
    resize(screen, DESK)
    with served(site) as url:
        screen.get(f"{url}send/{page}/")
        place = until(screen, lambda: screen.find_element(By.CSS_SELECTOR, "[data-mounted]"))
        block = screen.execute_script("return arguments[0].previousElementSibling", place)
        first_line = block.find_element(By.TAG_NAME, "code").text.partition("\n")[0]
        assert first_line.startswith('"""') and block.is_displayed()
        buttons = place.find_elements(By.TAG_NAME, "button")
        edit = next(button for button in buttons if button.text == "Edit")
        screen.execute_script("arguments[0].click()", edit)
        editor = until(screen, lambda: screen.find_elements(By.CSS_SELECTOR, ".run-editor"))[0]
        assert not block.is_displayed()
        assert editor.is_displayed() and first_line in editor.text
        screen.get("about:blank")


# -- the page of Local Teams -----------------------------------------------------------------------

FOCUSABLE = "button, summary, select, input, textarea, [tabindex]"
RINGS = """
    const channels = (color) => color.match(/[\\d.]+/g).map(Number);
    const light = (color) => channels(color).slice(0, 3).map((c) => c / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
      .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
    const ground = (element) => {
      for (let at = element; at; at = at.parentElement) {
        const color = getComputedStyle(at).backgroundColor;
        if (!color.startsWith("rgba")) return color;
      }
      return "rgb(255, 255, 255)";
    };
    const weak = [];
    const seen = [];
    for (const element of document.querySelectorAll(arguments[1])) {
      if (!element.checkVisibility()) continue;
      element.focus({ focusVisible: true });
      if (document.activeElement !== element) continue;
      const around = element.matches("textarea") ? element.closest(".box") : element;
      const style = getComputedStyle(around);
      const inside = parseFloat(style.outlineOffset) < 0;
      const on = ground(inside ? around : around.parentElement);
      const [high, low] = [light(style.outlineColor), light(on)].sort((a, b) => b - a);
      const contrast = (high + 0.05) / (low + 0.05);
      const name = `${element.tagName} ${element.id} ${element.textContent.slice(0, 20)}`;
      seen.push(name);
      const thin = style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2;
      if (thin || contrast < arguments[0]) weak.push(`${name}: ${style.outline} on ${on}`);
    }
    return [seen, weak];
"""


@pytest.fixture
def local_teams(teams: LocalTeams, screen: webdriver.Chrome) -> webdriver.Chrome:
    resize(screen, DESK)
    screen.get(teams.service_url)
    until(screen, lambda: screen.find_element(By.ID, "place-name").text)
    return screen


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_has_the_focus_is_seen(local_teams: webdriver.Chrome, scheme: str) -> None:
    color(local_teams, scheme)
    local_teams.execute_script("document.querySelector('#wire-switch').click()")
    until(
        local_teams,
        lambda: local_teams.find_element(By.ID, "wire").is_displayed(),
        "the wire shows",
    )
    seen, weak = local_teams.execute_script(RINGS, CONTRAST, FOCUSABLE)
    assert any("Send" in one for one in seen) and len(seen) > 15
    assert weak == []


def test_a_ring_that_cannot_be_seen_is_found(local_teams: webdriver.Chrome) -> None:
    local_teams.execute_script(
        "document.querySelector('#compose button.main').style.outlineOffset = '-2px'"
    )
    _, weak = local_teams.execute_script(RINGS, CONTRAST, FOCUSABLE)
    assert len(weak) == 1 and "Send" in weak[0]


def test_a_name_is_whole_on_a_telephone(local_teams: webdriver.Chrome) -> None:
    resize(local_teams, TELEPHONE)
    for row in range(len(local_teams.find_elements(By.CSS_SELECTOR, "nav .row"))):
        local_teams.execute_script(
            "document.querySelectorAll('nav .row')[arguments[0]].click()", row
        )
        name = until(local_teams, lambda: local_teams.find_element(By.ID, "place-name").text)
        assert clipped(local_teams, "#place-name") == [], name
        assert clipped(local_teams, ".place .deeds button") == [], name


# -- the site --------------------------------------------------------------------------------------


def test_the_drawers_rows_are_high_enough_for_a_finger(
    site: Path, screen: webdriver.Chrome
) -> None:
    resize(screen, TELEPHONE)
    with served(site) as url:
        screen.get(f"{url}send/to-a-person/")
        heights = screen.execute_script(
            "return [...document.querySelectorAll('.md-nav--primary .md-nav__link')]"
            ".map((one) => [one.textContent.trim(), one.getBoundingClientRect().height])"
            ".filter(([, height]) => height)"
        )
        assert len(heights) > 30
        assert [(name, height) for name, height in heights if height < FINGER] == []
        screen.get("about:blank")


@pytest.mark.parametrize("scheme", ["default", "slate"])
def test_the_tables_of_errors_fit_a_desk(site: Path, screen: webdriver.Chrome, scheme: str) -> None:
    resize(screen, DESK)
    with served(site) as url:
        screen.get(f"{url}reference/errors-and-limits/")
        wear(screen, scheme)
        until(screen, lambda: screen.find_elements(By.CSS_SELECTOR, ".md-typeset__scrollwrap"))
        every = ".errors, .errors .md-typeset__scrollwrap, .errors table, .errors :is(th, td)"
        assert clipped(screen, every) == []
        widths = screen.execute_script(
            "return [...document.querySelectorAll('.errors table')].map((table) =>"
            "[...table.querySelectorAll('th')].map((one) => one.clientWidth / table.clientWidth))"
        )
        assert len(widths) == 2
        for table in widths:
            assert [round(width, 2) for width in table] == [0.09, 0.26, 0.26, 0.10, 0.29]
        screen.get("about:blank")


def test_an_error_is_a_card_on_a_telephone(site: Path, screen: webdriver.Chrome) -> None:
    resize(screen, TELEPHONE)
    with served(site) as url:
        screen.get(f"{url}reference/errors-and-limits/")
        until(screen, lambda: screen.find_elements(By.CSS_SELECTOR, ".md-typeset__scrollwrap"))
        assert clipped(screen, ".errors :is(table, tr, td)") == []
        narrow = screen.execute_script(
            "return [...document.querySelectorAll('.errors td')]"
            ".filter((one) => one.getBoundingClientRect().width < 300).length"
        )
        assert narrow == 0
        labels = screen.execute_script(
            "return [...document.querySelector('.errors tbody tr').children]"
            ".map((one) => getComputedStyle(one, '::before').content)"
        )
        assert labels == ["none", "none", '"When"', '"Retry, action"', '"What to do"']
        screen.get("about:blank")
