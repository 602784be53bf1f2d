"""What the site has for assistants: each page as Markdown, the list of them, all in one file."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from samples.runner.registry import samples
from tests.support import ROOT
from tests.support.browsing import TELEPHONE, Screen
from tests.support.pages import pages

as_markdown = runpy.run_path(str(ROOT / "docs" / "plugins" / "as_markdown.py"))["as_markdown"]
FENCED = re.compile(r"^ *(```+)\w*\n.*?^ *\1$", re.M | re.S)
QUOTED = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)")


def copies(site: Path) -> dict[str, str]:
    """The Markdown of each page, by the page's path in the site."""
    return {name: (site / name).with_suffix(".md").read_text("utf-8") for name in pages(site)}


def lists(site: Path, name: str) -> str:
    return (site / name).read_text("utf-8")


def test_every_page_is_beside_itself_as_markdown_that_a_reader_without_a_browser_reads(
    site: Path,
) -> None:
    texts = copies(site)
    for name, page in pages(site).items():
        text = texts[name]
        assert page.h1
        title = page.h1.get_text().removesuffix("¶").strip()
        assert text.startswith(f"# {title}\n"), name
        prose = QUOTED.sub("", FENCED.sub("", text))
        for left in ("{{", "```", "<div", "<details", "<template", '=== "', "!!! ", "](../", "{ #"):
            assert left not in prose, (name, left)


def test_a_page_leads_to_its_markdown(site: Path) -> None:
    for name, page in pages(site).items():
        [link] = page.select("a[data-copy-page][rel=alternate][type='text/markdown']")
        assert (site / name).with_name(str(link["href"])).is_file(), name


def test_every_link_of_the_markdown_leads_somewhere(site: Path) -> None:
    page = BeautifulSoup((site / "index.html").read_text("utf-8"), "html.parser")
    home = str(page.select_one("link[rel=canonical]")["href"])  # type: ignore[index]
    texts = {**copies(site), "llms.txt": lists(site, "llms.txt")}
    leading = 0
    for name, text in texts.items():
        for path in re.findall(rf"{re.escape(home)}([^)\s#>]*)", FENCED.sub("", text)):
            leading += 1
            there = site / path
            assert there.is_file() or (there / "index.html").is_file(), (name, path)
    assert leading > 200


def test_the_list_has_every_page_with_what_it_is_about(site: Path) -> None:
    text = lists(site, "llms.txt")
    title, about, *_ = text.split("\n\n")
    assert title.startswith("# ") and about.startswith("> ")
    listed = re.findall(r"^- \[(.+)\]\((\S+/index\.md)\): (.{30,})$", text, re.M)
    assert len(listed) == len(pages(site)) == text.count("\n- ")


def test_all_in_one_has_every_sample_whole_and_what_it_prints(site: Path) -> None:
    text = lists(site, "llms-full.txt")
    for sample in samples().values():
        assert text.count(sample.start.read_text("utf-8").strip()) == 1, sample.name
        assert f"`make run SAMPLE={sample.name}`:\n\n```text" in text
    for path in (ROOT / "samples" / "shared").glob("[!_]*.py"):
        assert text.count(path.read_text("utf-8").strip()) == 1, path
    assert text.count("    def follow(self, activity: Activity) -> str:") == 1
    assert "which is whole elsewhere in this text, from `def follow(self, activity" in text
    assert len(text) < 1_000_000


def test_a_reader_copies_the_page(site: Path, site_url: str, screen: Screen) -> None:
    screen.resize(TELEPHONE)
    screen.open(f"{site_url}send/to-a-channel/")
    edge = "(one) => one.getBoundingClientRect().{}"
    [title] = screen.each("h1", edge.format("top")).when(bool)
    assert screen.first(".copy-page", edge.format("bottom")).when(lambda bottom: bottom <= title)
    screen.click("a", "Copy as Markdown")
    assert screen.clipboard() == copies(site)["send/to-a-channel/index.html"]
    assert screen.text(".md-dialog").has("Markdown")


def link(href: str) -> str:
    return f"https://guide/{href}"


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("# Title { #top }\n\nText\n{ .own-project }\n", "# Title\n\nText\n"),
        (
            '[one](a.md#b "c"){ .source } `[two](a.md)` <at>\n\n*[outbox]: A table.\n',
            '[one](https://guide/a.md#b "c") `[two](a.md)`\n',
        ),
        ("`<at>Ada</at>` <code>a&lt;b<wbr>c</code>\n", "`<at>Ada</at>` `a<bc`\n"),
        (
            '=== "One"\n\n    ```python {title="a.py" hl_lines="1"}\n    if a:\n        b("<p>")\n'
            '    ```\n\n    !!! note "Two"\n        Three.\n\nFour.\n',
            '**One**\n\n`a.py`:\n\n```python\nif a:\n    b("<p>")\n'
            "```\n\n**Two**\n\nThree.\n\nFour.\n",
        ),
        ("<details markdown>\n\n<summary>A</summary>\n\nB\n\n</details>\n", "**A**\n\nB\n"),
        ("<p>A<template>{}</template></p>\n", "A\n"),
    ],
    ids=["attributes", "links", "code", "tabs", "a fold", "data"],
)
def test_what_material_adds_to_markdown_is_undone(source: str, shown: str) -> None:
    assert as_markdown(source, link) == shown
