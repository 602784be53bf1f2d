"""What the search finds, prose and errors' texts without listings; and the worker that finds it.

Material builds its index in a worker of the reader's browser, with Lunr 2.3.9 of 2020, the last
release. search.js beside this file mends Lunr from the outside and is added to that worker.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from mkdocs.exceptions import PluginError
from mkdocs.plugins import CombinedEvent, event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

WORKER = re.compile(r"assets/javascripts/workers/search\.\w+\.min\.js")
MEND = Path(__file__).with_name("search.js")
# What search.js builds on. `self.lunr` is how Material hands Lunr to stemmers of other languages.
BUILDS_ON = ("self.lunr=", ".TokenSet.prototype.toString=", ".Index.prototype.query=")

# Who searches a page means its prose. Listings repeat the same few words on every page, and what a
# run printed and sent is full of ids.
LISTINGS = ", ".join(
    (
        *(f".language-{name} pre" for name in ("python", "json", "toml")),
        ".highlight:not([class*=language-]) pre",  # the cells of a notebook
        ".filename",
        ".own-project",
        "[data-recorded]",
        ".arrived",
        "details pre",
        "template",
    )
)


def on_files(files: Files, config: Any) -> Files:
    """Add search.js to the search worker; by itself it is no part of the site.

    Raises:
        PluginError: the worker is not there, or is made otherwise: look whether its Lunr is mended.
    """
    workers = [file for file in files if WORKER.fullmatch(file.src_uri)]
    if len(workers) != 1:
        raise PluginError(f"The theme has {len(workers)} search workers; search.js mends one.")
    (worker,) = workers
    made = mended(worker.content_string)
    files.remove(worker)
    files.append(File.generated(config, worker.src_uri, content=made))
    for itself in [file for file in files if file.abs_src_path == str(MEND)]:
        files.remove(itself)
    return files


def mended(worker: str) -> str:
    """The search worker with search.js at its end.

    Raises:
        PluginError: the worker has not what search.js builds on.
    """
    for text in BUILDS_ON:
        if worker.count(text) != 1:
            raise PluginError(f"The theme's search worker has no {text!r}: see {MEND.name}.")
    return f"{worker}\n{MEND.read_text('utf-8')}"


@event_priority(100)  # before the search plugin reads the page
def _leave_listings_out(_: Any, /, *, page: Page, **__: Any) -> None:
    page.meta["whole"] = page.content
    page.content = searched(page.content or "", str(page.meta.get("description", "")))


@event_priority(-100)
def _bring_listings_back(_: Any, /, *, page: Page, **__: Any) -> None:
    page.content = page.meta.pop("whole")


on_page_context = CombinedEvent(_leave_listings_out, _bring_listings_back)


def searched(content: str, description: str) -> str:
    """What is searched of a page: no listings, and its description, as people describe the page."""
    page = BeautifulSoup(content, "html.parser")
    for listing in page.select(LISTINGS):
        listing.decompose()
    if page.h1 and description:
        said = page.new_tag("p")
        said.string = description
        page.h1.insert_after(said)
    return str(page)
