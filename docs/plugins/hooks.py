"""What the build adds: the page of Local Teams, what was recorded on the wire; and what it mends in
the pages that Markdown and Material make."""

import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

# First of all hooks, so that MkDocs finds `samples` wherever and however it is started. It restores
# sys.path after each hook; what is imported here is found afterwards too, by the macros.
sys.path.insert(0, str(Path(__file__).parents[2]))

import installed  # noqa: F401
import pages  # noqa: F401
import shipping.obstacles  # noqa: F401
from pages.recordings import wire_files

from samples.local_teams.server.page_files import CARDS, NO_CARDS, PAGE

AT = "assets/local-teams"


def on_files(files: Files, config: Any) -> Files:
    """Take the page of Local Teams, for the playground and for the component that draws
    conversations everywhere; what that loads to draw cards, where npm has put it; and what folds
    load that a reader opens."""
    for path in sorted(PAGE.iterdir()):
        inside = "" if path.suffix == ".html" else "page/"
        files.append(_asset(config, f"{AT}/{inside}{path.name}", path))
    cards = f"{AT}/page/{CARDS.name}"
    if CARDS.exists():
        files.append(_asset(config, cards, CARDS))
    else:
        files.append(File.generated(config, cards, content=NO_CARDS))
    for name, text in wire_files().items():
        files.append(File.generated(config, name, content=text))
    [bundle] = [file for file in files if BUNDLE.fullmatch(file.src_uri)]
    text = mended(bundle.content_string)
    files.remove(bundle)
    files.append(File.generated(config, bundle.src_uri, content=text))
    return files


BUNDLE = re.compile(r"assets/javascripts/bundle\.\w+\.min\.js")
LANDMARK, GROUP = 'x("nav",{class:"md-code__nav"})', 'x("div",{class:"md-code__nav"})'


def mended(bundle: str) -> str:
    """Material's script, where the buttons of each code block are no landmark of the page: a screen
    reader would list dozens without a name (axe: landmark-unique).

    Raises:
        PluginError: it makes them otherwise now; look whether they still are landmarks.
    """
    if bundle.count(LANDMARK) != 1:
        raise PluginError(f"The theme's script has no {LANDMARK}.")
    return bundle.replace(LANDMARK, GROUP)


def _asset(config: Any, name: str, path: Path) -> File:
    return File.generated(config, name, abs_src_path=str(path.resolve()))


# One that has no other of its kind inside.
BLOCK_IN_PARAGRAPH = re.compile(r"<p>\s*(<(div|p)\b[^>]*>(?:(?!<\2\b).)*?</\2>)\s*</p>", re.S)


# Names, white space, operators and punctuation: three of four words of code, in the color of text.
PLAIN = re.compile(r'<span class="(?:n|w|o|p)">([^<]*)</span>')


def on_page_content(html: str, **_: Any) -> str:
    """Take blocks out of paragraphs, where Markdown puts raw HTML that a tab indents; and elements
    out of code that give it no color, so that long programs do not hold up the page.

    A browser ends the paragraph before the block, and leaves an empty one between it and its code.
    """
    return BLOCK_IN_PARAGRAPH.sub(r"\1", PLAIN.sub(r"\1", html))


# The name of a section, which has none where a page stands for the section.
UNNAMED = re.compile(
    r'aria-labelledby="__nav_[\d_]+_label"'
    r'([^>]*>\s*<label class="md-nav__title"[^>]*>\s*<span[^>]*></span>\s*)([^<]+?)(\s*</label>)'
)


def on_post_page(output: str, **_: Any) -> str:
    """Name the search dialog and the sections, which Material leaves nameless (axe:
    aria-dialog-name, landmark-unique)."""
    output = UNNAMED.sub(r'aria-label="\2"\1\2\3', output)
    return output.replace(
        'data-md-component="search" role="dialog"',
        'data-md-component="search" role="dialog" aria-label="Search"',
    )
