"""What the search finds, prose and errors' texts without listings; and the worker that finds it.

Material builds its index in a worker of the reader's browser, with Lunr 2.3.9 of 2020, the last
release. search.js beside this file mends Lunr from the outside and is added to that worker. So is
search_later.js: most readers of a page search nothing, and the documents are its heaviest part.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import build_cache
from bs4 import BeautifulSoup
from mkdocs.exceptions import PluginError
from mkdocs.plugins import CombinedEvent, event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

WORKER = re.compile(r"assets/javascripts/workers/search\.\w+\.min\.js")
MEND = Path(__file__).with_name("search.js")
LATER = Path(__file__).with_name("search_later.js")
# What search.js builds on. `self.lunr` is how Material hands Lunr to stemmers of other languages.
BUILDS_ON = ("self.lunr=", ".TokenSet.prototype.toString=", ".Index.prototype.query=")
# What search_later.js builds on: the messages of the page, a setup and queries, and who hears them.
LATER_ON = ("case 0:return", "case 2:let", 'addEventListener("message",', "{postMessage(")

# Who searches a page means its prose. Listings repeat the same few words on every page, and what a
# run printed and sent is full of ids. Highlighted ones, four of five elements of a page, go before
# it is parsed.
HIGHLIGHTED = re.compile(
    r'(<div class="(?:language-(?:python|json|toml) )?highlight">)'  # no language: of a notebook
    r'(?:<span class="filename">[^<]*</span>)?<pre\b.*?</pre>',
    re.S,
)
LISTINGS = ".filename, .own-project, [data-recorded], .arrived, .source, details pre, template"


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
    added = {str(MEND), str(LATER)}
    for itself in [file for file in files if file.abs_src_path in added]:
        files.remove(itself)
    return files


def mended(worker: str) -> str:
    """The search worker with search_later.js before it and search.js after it.

    Raises:
        PluginError: the worker has not what these build on.
    """
    for script, texts in ((MEND, BUILDS_ON), (LATER, LATER_ON)):
        for text in texts:
            if worker.count(text) != 1:
                raise PluginError(f"The theme's search worker has no {text!r}: see {script.name}.")
    return "\n".join([LATER.read_text("utf-8"), worker, MEND.read_text("utf-8")])


@event_priority(-100)  # after the search plugin has written its index
def on_post_build(config: Any) -> None:
    """Put the documents beside the index, where the worker looks for them."""
    index = Path(config["site_dir"], "search", "search_index.json")
    payload = json.loads(index.read_text("utf-8"))
    documents = json.dumps(payload["docs"], ensure_ascii=False, separators=(",", ":"))
    index.with_name("documents.json").write_text(documents, "utf-8")
    index.write_text(json.dumps({**payload, "docs": []}), "utf-8")


@event_priority(100)  # before the search plugin reads the page
def _leave_listings_out(_: Any, /, *, page: Page, config: Any, **__: Any) -> None:
    """Let the plugin read the prose of the page; or nothing, if an earlier build kept what the
    plugin finds in the same page."""
    entries = _entries(config)
    path = build_cache.entry("search", page.content, page.url, page.title, page.meta)
    page.meta["whole"] = page.content
    page.meta["kept"] = path, len(entries)
    kept = build_cache.read(path)
    if kept is None:
        page.content = searched(page.content or "", str(page.meta.get("description", "")))
    else:
        page.content = ""
        entries += kept


@event_priority(-100)
def _bring_listings_back(_: Any, /, *, page: Page, config: Any, **__: Any) -> None:
    searched_now = page.content
    page.content = page.meta.pop("whole")
    path, before = page.meta.pop("kept")
    if searched_now:
        build_cache.write(path, _entries(config)[before:])


def _entries(config: Any) -> list[dict[str, Any]]:
    """What the search plugin found so far (mkdocs-material 9: `SearchIndex.entries`)."""
    entries: list[dict[str, Any]] = config.plugins["material/search"].search_index.entries
    return entries


on_page_context = CombinedEvent(_leave_listings_out, _bring_listings_back)


def searched(content: str, description: str) -> str:
    """What is searched of a page: no listings and no dates of sources; and its description, as
    people describe the page."""
    page = BeautifulSoup(HIGHLIGHTED.sub(r"\1", content), "html.parser")
    for listing in page.select(LISTINGS):
        listing.decompose()
    for code in page.select("code"):  # its font, in a result, costs a tenth of what is loaded
        code.unwrap()
    if page.h1 and description:
        said = page.new_tag("p")
        said.string = description
        page.h1.insert_after(said)
    return str(page)
