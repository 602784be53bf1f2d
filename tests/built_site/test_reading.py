"""What a reader sees first, how long programs are shown, and where old addresses lead."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup

from samples.facts import facts
from tests.support import ROOT
from tests.support.browsing import Screen
from tests.support.pages import pages

sys.path.insert(0, str(ROOT / "docs" / "plugins"))

import reading
from pages.moved import moved_sections
from pages.repository import clone, issue
from pages.samples import run_in_page
from pages.sources import article, cited, source

HOME, PERSON = "index.html", "send/to-a-person/index.html"
SCREEN = 45  # lines of code that a reader scrolls past without a wish to fold them


# -- the first screen ------------------------------------------------------------------------------


def test_the_first_screen_has_a_whole_program_beside_its_message(site: Path) -> None:
    hero = pages(site)[HOME].select_one(".hero")
    assert hero
    program = (ROOT / "samples/send/first_message.py").read_text("utf-8").strip()
    [code] = [code for code in hero.select("code") if code.get_text().strip() == program]
    calls = [line for line in code.get_text().splitlines() if line.startswith("    ")]
    assert len(calls) <= 10
    assert hero.select_one("[data-run=first_message]")
    assert "39.90 now." in hero.select("teams-conversation")[0].get_text()


def test_the_first_screen_leads_on(site: Path) -> None:
    page = pages(site)[HOME]
    assert len(page.select(".actions a")) == 2
    assert len(page.select(".three > ul > li")) == 3
    assert len(page.select(".cards > ul > li > p > a, .cards > ul > li > a")) >= 6


# -- programs --------------------------------------------------------------------------------------


def test_a_long_program_shows_its_part_that_sends_and_folds_the_rest(site: Path) -> None:
    """Of every page: no program in it is longer than a screen, unless it is folded."""
    long = {
        (name, title.text): len(block.get_text().splitlines())
        for name, page in pages(site).items()
        for block in page.select("div.language-python.highlight")
        if (title := block.select_one(".filename")) and not block.find_parent("details")
    }
    assert len(long) > 60
    limit = {at: lines for at, lines in long.items() if lines > SCREEN + 1}
    assert {at: lines for at, lines in limit.items() if "testing_your_bot" not in at[1]} == {}
    whole = [code.get_text() for code in pages(site)[PERSON].select(".whole pre code")]
    assert (ROOT / "samples/send/to_person.py").read_text("utf-8").strip() in map(str.strip, whole)


def repeated(lines: list[str], more: list[str]) -> bool:
    """Whether a part of a program is more than half of another part, and all in it."""
    return len(more) >= len(lines) > len(more) / 2 and set(lines) <= set(more)


def test_no_excerpt_repeats_the_program_above_it(site: Path) -> None:
    found = 0
    for name, page in pages(site).items():
        shown: dict[str, list[list[str]]] = {}
        for block in page.select("div.language-python.highlight"):
            title = block.select_one(".filename")
            code = block.select_one("code")
            if title and code and not block.find_parent("details"):
                lines = [line.strip() for line in code.get_text().splitlines() if line.strip()]
                before = shown.setdefault(title.text, [])
                twice = [one for one in before if repeated(lines, one) or repeated(one, lines)]
                assert twice == [], (name, title.text, lines[0])
                before.append(lines)
                found += 1
    assert found > 60
    assert repeated(["a", "b"], ["a", "b", "c"]) and not repeated(["a"], ["a", "b"])


def test_more_than_two_conversations_fold(site: Path) -> None:
    recorded = pages(site)["prepare/message-members/index.html"].select_one("[data-recorded]")
    assert recorded
    shown = [one for one in recorded.select("teams-conversation") if not one.find_parent("details")]
    assert len(shown) == 1 and len(recorded.select(".more teams-conversation")) >= 3


def test_diagrams_are_drawn_in_the_colors_of_the_page(site: Path) -> None:
    found = {
        name: drawing
        for name, page in pages(site).items()
        for drawing in page.select(".diagram > svg")
    }
    assert len(found) == 4
    for name, drawing in found.items():
        title = drawing.find(id=str(drawing["aria-labelledby"]))
        assert title and title.get_text(), name
        fixed = re.findall(r'(?:fill|stroke)="#\w+"', str(drawing))
        assert fixed == [], name


# -- addresses -------------------------------------------------------------------------------------


def test_a_link_to_a_section_that_moved_leads_to_it(site_url: str, screen: Screen) -> None:
    screen.open(f"{site_url}troubleshooting/#too-fast")
    assert screen.address().has("/troubleshooting/many-people/#too-fast")


def test_every_section_that_moved_is_where_its_old_address_leads(site: Path) -> None:
    data = re.findall(
        r"&quot;([\w-]+)&quot;: &quot;([\w/-]+)&quot;", moved_sections("troubleshooting")
    )
    assert len(data) > 100
    for anchor, page in data:
        assert pages(site)[f"troubleshooting/{page}index.html"].find(id=anchor), anchor


def test_a_reader_finds_a_page_among_few(site: Path) -> None:
    links = pages(site)[PERSON].select(".md-nav--primary .md-nav__link[href]")
    assert 30 < len({str(link["href"]).partition("#")[0] for link in links} - {""}) <= 42
    assert pages(site)[PERSON].select_one(".md-copyright a[href$='reference/licenses/']")


def test_a_wrong_address_leads_on(site: Path) -> None:
    lost = BeautifulSoup((site / "404.html").read_text("utf-8"), "html.parser")
    links = [urlsplit(str(link["href"])) for link in lost.select("article a[href]")]
    paths = {link.path for link in links if not link.query}
    assert len(paths) >= 5 and sum("q=" in link.query for link in links) >= 3
    for path in paths:
        assert (site / path.strip("/") / "index.html").exists(), path


# -- sources, terms, and who to write to -----------------------------------------------------------


def test_sources_have_one_small_form() -> None:
    thread = "https://github.com/o/r/issues/1"
    text = f"Yes. ([r#1]({thread}), 2 May 2023; ({'x'}) see ([r#1]({thread}),\nJune 2024)"
    assert cited(text).endswith(f'see [Jun 2024]({thread} "r#1, June 2024"){{ .source }}')
    assert cited(f"It works ({source('rate-limit')}).") == f"It works {source('rate-limit')}."
    both = f"({source('rate-limit')}; [r#1]({thread}), May 2023)"
    assert cited(both).count(".source") == 2 and "(" not in cited(both)[:1]
    aside = f"([r#1]({thread}), May 2023, where it helped)"
    assert cited(aside) == aside


def test_a_source_within_a_sentence_has_its_title() -> None:
    row = facts()["sources"]["rate-limit"]
    assert row["title"] in article("rate-limit") and str(row["date"].year) in article("rate-limit")


def test_a_term_is_explained_once_on_a_page_and_not_in_a_heading(site: Path) -> None:
    explained = 0
    for name, page in pages(site).items():
        terms = [term.get_text().lower() for term in page.select("article abbr")]
        assert len(terms) == len(set(terms)), name
        assert page.select("h1 abbr, h2 abbr, h3 abbr, a abbr, code abbr") == [], name
        explained += len(terms)
    assert explained > 30


def test_each_page_says_what_it_was_checked_with(site: Path) -> None:
    for name, page in pages(site).items():
        [last] = page.select(".page-end")
        assert "Checked with botbuilder-core" in last.get_text(), name
        assert last.select("a") == [], name  # no repository is set


def test_what_is_wrong_is_reported_where_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REPO_URL", "https://git.contoso.example/guide/")
    assert issue("samples/send/card.py") == (
        "https://git.contoso.example/guide/issues/new?title=samples%2Fsend%2Fcard.py%3A+"
    )
    assert "`git clone https://git.contoso.example/guide`" in clone("card")
    config = {"site_url": "", "repo_url": "", "edit_uri": ""}
    reading.on_config(config)
    assert config["edit_uri"] == "edit/main/docs/" and config["site_url"]
    assert "issues/new?title=samples%2Fsend%2Fcard.py" in run_in_page("send/card.py")
    file = SimpleNamespace(src_uri="send/a.md")
    page: Any = SimpleNamespace(
        url="send/a/", edit_url="https://git.contoso.example/a.md", file=file
    )
    last = reading.on_post_page('<a data-md-component="source"></a></article>', page=page)
    assert "component" not in last
    assert 'href="https://git.contoso.example/a.md"' in last
    assert "issues/new?title=docs%2Fsend%2Fa.md" in last
    monkeypatch.setenv("REPO_URL", "")
    assert "issues/new" not in run_in_page("send/card.py")
    assert issue("samples/send/card.py") == "" and clone("card") == "`make run SAMPLE=card`"
    reading.on_config(config)
    assert config["repo_url"] is None and config["edit_uri"] is None
