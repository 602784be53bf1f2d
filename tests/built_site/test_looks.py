"""What a reader must be able to see and hit: focus, names, tables, links; measured in a browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from samples.local_teams.testing import LocalTeams
from tests.support.browsing import DESK, TELEPHONE, VISIBLE, Screen
from tests.support.running_in_page import Sample

FINGER = (
    44  # CSS pixels: WCAG 2.2, 2.5.5 (enhanced), https://www.w3.org/TR/WCAG22/#target-size-enhanced
)
CONTRAST = 3  # of a focus indicator: https://www.w3.org/TR/WCAG22/#non-text-contrast
MORE_TABS = ["to-a-known-chat", "to-a-group-chat", "to-a-channel"]


CLIPPED = "(one) => one.scrollWidth > one.clientWidth + 1 ? one.textContent.trim() : ''"


def nothing_is_clipped(screen: Screen, selector: str) -> None:
    """Each element, of which there are some, is as wide as what is in it."""
    wider = screen.each(selector, CLIPPED).when(bool)
    assert [text for text in wider if text] == [], selector


# -- samples in tabs -------------------------------------------------------------------------------


def test_no_paragraph_has_a_block_in_it(site: Path) -> None:
    """Browsers end the paragraph there, so that an empty one follows."""
    inside = re.compile(r"<p>\s*<(?:div|p|details|table|pre|ul|ol|h\d)\b[^>]*>")
    for page in site.rglob("*.html"):
        assert not inside.findall(page.read_text("utf-8")), page


@pytest.mark.parametrize(
    "page", ["to-a-person", *(pytest.param(page, marks=pytest.mark.prove) for page in MORE_TABS)]
)
def test_to_edit_replaces_the_code(runs_samples: str, screen: Screen, page: str) -> None:
    screen.resize(DESK)
    screen.open(f"{runs_samples}send/{page}/")
    block = ":has(+ [data-run][data-mounted])"
    screen.shows(block)
    code = (
        screen.within(block).text("pre code", hidden=True).when(lambda text: text.startswith('"""'))
    )
    screen.shows(".highlight:has(+ .whole)")  # the part that says what the file does
    screen.click("[data-run] button", "Edit")
    screen.shows(".run-editor")
    assert screen.text(".run-editor").has(code.partition("\n")[0])
    assert screen.first(":has(+ .run-editor)", VISIBLE) == "hidden"
    assert screen.first(".highlight:has(+ .whole)", VISIBLE) == "hidden"


# -- paper -----------------------------------------------------------------------------------------

# How dark a color is, from 0, which is white.
DARKNESS = """(one) => {{
  const [r, g, b] = getComputedStyle(one).{}.match(/[\\d.]+/g).map(Number);
  return 1 - (r + g + b) / 765;
}}"""


def test_a_page_is_printed_light_without_buttons_and_with_what_is_folded_named(
    loaded: Sample, screen: Screen
) -> None:
    screen.wear("slate")
    screen.run("dispatchEvent(new Event('beforeprint'))")  # Material opens what is folded
    screen.prefer("dark", media="print")
    screen.shows("h1")
    screen.shows(".whole > summary")
    for left_out in (".whole pre", ".run-button", ".own-project", ".copy-page", ".md-header"):
        screen.hides(left_out)
    assert screen.first("article", DARKNESS.format("color")).when(lambda dark: dark > 0.8)
    for ink in ("article p > a", "article .highlight code .k"):
        assert screen.first(ink, DARKNESS.format("color")).when(lambda dark: dark > 0.4), ink
    assert screen.first("body", DARKNESS.format("backgroundColor")) == 0
    screen.run("dispatchEvent(new Event('afterprint'))")


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
    for (const element of document.querySelectorAll(arguments[2])) {
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
      if (thin || contrast < arguments[1]) weak.push(`${name}: ${style.outline} on ${on}`);
    }
    return [seen, weak];
"""


@pytest.fixture
def local_teams(teams: LocalTeams, screen: Screen) -> Screen:
    screen.resize(DESK)
    screen.open(teams.service_url)
    assert screen.text("#place-name") > ""
    return screen


def rings(screen: Screen) -> tuple[list[str], list[str]]:
    """What can have the focus, and of these what does not show it well enough."""
    found = screen.value(RINGS, CONTRAST, FOCUSABLE)
    seen, weak = found.when(lambda found: len(found[0]) > 15)
    return seen, weak


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_has_the_focus_is_seen(local_teams: Screen, scheme: str) -> None:
    local_teams.prefer(scheme)
    local_teams.click("#wire-switch")
    local_teams.shows("#wire")
    seen, weak = rings(local_teams)
    assert any("Send" in one for one in seen)
    assert weak == []


def test_a_ring_that_cannot_be_seen_is_found(local_teams: Screen) -> None:
    local_teams.run("document.querySelector('#compose button.main').style.outlineOffset = '-2px'")
    _, weak = rings(local_teams)
    assert len(weak) == 1 and "Send" in weak[0]


def test_a_name_is_whole_on_a_telephone(local_teams: Screen) -> None:
    local_teams.resize(TELEPHONE)
    rows = local_teams.each("nav .row .name", "(one) => one.firstChild.textContent").when(bool)
    for number, name in enumerate(rows):
        local_teams.run("document.querySelectorAll('nav .row')[arguments[1]].click()", number)
        assert local_teams.text("#place-name").has(name.strip())
        nothing_is_clipped(local_teams, "#place-name")
        nothing_is_clipped(local_teams, ".place .deeds button")


# -- the site --------------------------------------------------------------------------------------


def test_the_drawers_rows_are_high_enough_for_a_finger(site_url: str, screen: Screen) -> None:
    screen.resize(TELEPHONE)
    screen.open(f"{site_url}send/to-a-person/")
    rows = screen.each(
        ".md-nav--primary .md-nav__link",
        "(one) => [one.textContent.trim(), one.getBoundingClientRect().height]",
    ).when(lambda found: sum(height > 0 for _, height in found) > 30)
    assert [(name, height) for name, height in rows if 0 < height < FINGER] == []


def test_the_tables_of_errors_fit_a_desk_and_are_cards_on_a_telephone(
    site_url: str, screen: Screen
) -> None:
    screen.resize(DESK)
    screen.open(f"{site_url}reference/errors-and-limits/")
    for scheme in ("default", "slate"):
        screen.wear(scheme)
        assert screen.count(".md-typeset__scrollwrap") >= 2
        every = ".errors, .errors .md-typeset__scrollwrap, .errors table, .errors :is(th, td)"
        nothing_is_clipped(screen, every)
        widths = screen.each(
            ".errors table",
            "(table) => [...table.querySelectorAll('th')]"
            ".map((one) => Math.round((100 * one.clientWidth) / table.clientWidth))",
        )
        assert widths == [[9, 26, 26, 10, 29]] * 2, scheme
    screen.resize(TELEPHONE)
    assert screen.count(".md-typeset__scrollwrap") >= 2
    nothing_is_clipped(screen, ".errors :is(table, tr, td)")
    narrow = screen.each(".errors td", "(one) => one.getBoundingClientRect().width < 300")
    assert narrow.when(bool) and narrow.lacks(True)
    labels = screen.value(
        "return [...document.querySelector('.errors tbody tr').children]"
        ".map((one) => getComputedStyle(one, '::before').content)"
    )
    assert labels == ["none", "none", '"When"', '"Retry, action"', '"What to do"']
