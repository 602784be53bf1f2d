"""MkDocs hook: each page as Markdown beside itself, and all of them for assistants (llmstxt.org).

A plugin for this, mkdocs-llmstxt 0.5.1 (October 2026), makes Markdown from the finished HTML: tabs
and folds lose their titles there, and reading all pages back costs more than building them. This
takes the Markdown that there is, after its macros.
"""

from __future__ import annotations

import posixpath
import re
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import build_cache
from as_markdown import as_markdown, notebook_as_markdown, read_notebook
from mkdocs.plugins import event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation, Section
from mkdocs.structure.pages import Page

# In no page's text: the address of its Markdown, from the page.
COPY = "index.md"
# The relation is said here and not in a `link`: Material takes each `link` for a site in another
# language, and asks for its sitemap.
BUTTON = (
    '<a class="md-content__button copy-page" href="{href}" rel="alternate" data-copy-page '
    'type="text/markdown" data-search-exclude>Copy as Markdown</a>\n'
)
# Long, and no help with a program: left to whoever follows its link.
ONLY_LINKED = {
    "reference/licenses.md",
    "reference/how-this-site-is-built.md",
    "reference/fuzzing.md",
    "tenant/conformance.md",
    "tenant/app-package.md",
}

_texts: dict[str, str] = {}  # the Markdown of each page of this build, by its source
_sections: list[tuple[str, list[Page]]] = []
_files = ""  # the digest of the files of this build


def on_nav(nav: Navigation, *, files: Files, **_: Any) -> None:
    """Remember the pages by their sections: those outside of any first, and last those that only
    other pages lead to."""
    global _files
    _files = build_cache.files_digest(files)
    _texts.clear()
    _sections.clear()
    alone = [item for item in nav.items if isinstance(item, Page)]
    if alone:
        _sections.append(("Start here", alone))
    for section in nav.items:
        if isinstance(section, Section):
            _sections.append((section.title, list(_pages(section))))
    inside = {page.file.src_uri for _, pages in _sections for page in pages}
    linked = [
        file.page
        for file in files.documentation_pages()
        if file.page and file.src_uri not in inside and not file.src_uri.endswith("404.md")
    ]
    _sections.append(("Linked from other pages", linked))


def _pages(section: Section) -> list[Page]:
    found: list[Page] = []
    for child in section.children:
        if isinstance(child, Section):
            found += _pages(child)
        elif isinstance(child, Page):
            found.append(child)
    return found


@event_priority(-100)  # after the macros
def on_page_markdown(markdown: str, *, page: Page, config: Any, files: Files) -> None:
    """Keep the page's Markdown; a notebook's is made from what its cells printed."""
    if page.file.src_uri.endswith(".ipynb"):
        markdown = notebook_as_markdown(read_notebook(Path(str(page.file.abs_src_path))))

    site = str(config["site_url"])

    def lead(href: str) -> str:
        """The full address of a link: of the Markdown, if it leads to a page."""
        to = urlsplit(href)
        if to.scheme or not to.path:
            return href
        folder = posixpath.dirname(page.file.src_uri)
        there = files.get_file_from_path(posixpath.normpath(posixpath.join(folder, to.path)))
        if to.path.startswith("/"):
            there = files.get_file_from_path(to.path[1:])
        if there is None:
            return urljoin(site + page.file.url, href)
        anchor = f"#{to.fragment}" if to.fragment else ""
        is_page = there.page is not None and not there.src_uri.endswith("404.md")
        return site + (_copy(there.url) if is_page else there.url) + anchor

    _texts[page.file.src_uri] = build_cache.kept(
        *("assistants", partial(as_markdown, markdown, lead)),
        *(markdown, page.file.src_uri, site, _files),
    )


def _copy(url: str) -> str:
    """Where the Markdown of a page is, by the page's address below the site's."""
    return f"{'' if url in ('.', './') else url}{COPY}"


@event_priority(-50)  # after all that changes the page's text
def on_page_content(html: str, *, page: Page, **_: Any) -> str | None:
    """Offer the page's Markdown, to be copied or opened: docs/assets/copy-page.js."""
    if page.file.src_uri not in _texts:
        return None
    return BUTTON.format(href=COPY) + html


def on_post_build(config: Any) -> None:
    """Write the Markdown of each page, the list of them, and all in one."""
    site, url = Path(config["site_dir"]), config["site_url"]
    head = f"# {config['site_name']}\n\n> {config['site_description']}\n"
    listed, whole = [head, f"All pages in one file: {url}llms-full.txt\n"], [head]
    for title, pages in _sections:
        listed.append(f"## {title}\n")
        for page in pages:
            text = _texts[page.file.src_uri]
            copy = site / _copy(page.file.url)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(text, "utf-8")
            about = page.meta.get("description", "")
            listed.append(f"- [{page.title}]({url}{_copy(page.file.url)}): {about}")
            if page.file.src_uri not in ONLY_LINKED:
                whole.append(f"---\n\nSource: {url}{page.file.url}\n\n{text}")
        listed.append("")
    (site / "llms.txt").write_text("\n".join(listed), "utf-8")
    (site / "llms-full.txt").write_text(each_line_once("\n".join(whole)), "utf-8")


BLOCK = re.compile(r"^`(samples/[^`\n]+\.py)`:\n\n```python\n(.*?)\n```$", re.M | re.S)


def each_line_once(text: str) -> str:
    """A text where an excerpt of a file that is whole elsewhere is named by its first and last
    line, and a file that is whole twice is so at its first place."""
    wholes: dict[str, str] = {}
    for name, code in BLOCK.findall(text):
        wholes[name] = max(wholes.get(name, ""), code, key=len)
    shown: set[str] = set()

    def once(block: re.Match[str]) -> str:
        name, code = block[1], block[2]
        if code == wholes[name] and name not in shown:
            shown.add(name)
            return block[0]
        if _flush(code) not in _flush(wholes[name]):
            return block[0]
        first, *_, last = [line.strip() for line in code.splitlines()] * 2
        return f"`{name}`, which is whole elsewhere in this text, from `{first}` to `{last}`"

    return BLOCK.sub(once, text)


def _flush(code: str) -> str:
    return "\n".join(line.strip() for line in code.splitlines())
