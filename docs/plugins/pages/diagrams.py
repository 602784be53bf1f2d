"""Diagrams, drawn in the colors of the page."""

from __future__ import annotations

import re

from samples.runner.files import ROOT


def diagram(name: str) -> str:
    """A drawing of docs/assets/, inside the page, so that it has the colors of the page's scheme.

    Its text can be selected and read aloud; docs/assets/extra.css sets the colors.
    """
    drawing = (ROOT / "docs" / "assets" / f"{name}.svg").read_text("utf-8")
    in_one_line = re.sub(r"\s*\n\s*", " ", drawing.strip())  # Markdown ends HTML at an empty line
    return f'<figure class="diagram" tabindex="0">{in_one_line}</figure>'
