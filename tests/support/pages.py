"""The pages of the built site, parsed."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from bs4 import BeautifulSoup

# What colors a word of code: three of four elements, of which a reader sees the text alone.
COLORED = re.compile(r'<span class="\w{1,3}">([^<]*)</span>')


@cache
def pages(site: Path) -> dict[str, BeautifulSoup]:
    """Every page of the site, read once for all tests, which only look; without colors of code."""
    return {
        str(page.relative_to(site)): BeautifulSoup(
            COLORED.sub(r"\1", page.read_text("utf-8")), "html.parser"
        )
        for page in sorted(site.rglob("*.html"))
        if page.name != "404.html" and "assets" not in page.parts  # the page of Local Teams
    }
