"""Sections that moved to a page of their own, so that their old addresses still lead there."""

from __future__ import annotations

import html
import json
import re

from samples.runner.files import ROOT

HEADING = re.compile(r"^#{1,3} (?P<words>.+?)(?: \{ #(?P<anchor>[\w-]+) \})?$", re.M)
# An anchor is not sent to a server, so only the page itself can lead on.
LEAD_ON = (
    "const leadOn = () => {"
    "const data = document.querySelector('[data-moved]');"
    "const page = data && JSON.parse(data.dataset.moved)[location.hash.slice(1)];"
    "if (page) location.replace(page + location.hash); };"
    "addEventListener('hashchange', leadOn); leadOn();"
)


def moved_sections(folder: str) -> str:
    """What leads from an anchor of a folder's first page to the page that has this section now."""
    where = {
        found["anchor"] or re.sub(r"\W+", "-", found["words"].lower()).strip("-"): f"{page.stem}/"
        for page in sorted((ROOT / "docs" / folder).glob("*.md"))
        if page.stem != "index"
        for found in HEADING.finditer(page.read_text("utf-8"))
    }
    data = html.escape(json.dumps(where))
    return f'<div hidden data-moved="{data}"></div>\n<script>(() => {{ {LEAD_ON} }})()</script>'
