"""What every page gets: sources in one form, terms explained, a last line, and a 404 that helps."""

from __future__ import annotations

import html
import re
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, urlsplit

from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url
from pages.repository import issue, repository
from pages.sources import cited, day

from samples.facts import facts

GLOSSARY = (Path(__file__).parent / "glossary.md").read_text("utf-8")
NOT_FOUND = Path(__file__).with_name("404.html").read_text("utf-8")
HERE = "http://127.0.0.1:8000/"


def on_config(config: Any) -> None:
    """Treat an empty variable as one that is not set, and name no place without a repository."""
    config["site_url"] = config["site_url"] or HERE
    config["repo_url"] = repository() or None
    config["edit_uri"] = (config["edit_uri"] or "edit/main/docs/") if repository() else None


@event_priority(-50)  # after macros
def on_page_markdown(markdown: str, *, page: Page, **_: Any) -> str:
    """Give sources their small form, and append the terms that are explained on hover."""
    if not page.file.src_uri.endswith(".md"):
        return markdown
    return f"{cited(markdown)}\n\n{GLOSSARY}"


NO_PLACE = re.compile(r"<(h[1-6]|a|summary|label|code)\b.*?</\1>", re.S)
TERM = re.compile(r"<abbr title=\"[^\"]*\">(.*?)</abbr>")


def on_page_content(content: str, **_: Any) -> str:
    """Explain a term where it first comes, and not in headings and links."""
    content = NO_PLACE.sub(lambda found: TERM.sub(r"\1", found[0]), content)
    known: set[str] = set()

    def once(found: re.Match[str]) -> str:
        term = found[1].lower()
        if term in known:
            return found[1]
        known.add(term)
        return found[0].replace("<abbr ", "<abbr tabindex=0 ")

    return TERM.sub(once, content)


def on_post_page(output: str, *, page: Page, **_: Any) -> str:
    """End each page with what it was checked with, and with where to report what is wrong.

    Material would ask GitHub how popular the repository is; no page loads anything from elsewhere.
    """
    output = output.replace(' data-md-component="source"', "")
    below = f"{_home(page)}reference/"
    licenses = f'<a href="{below}licenses/">MIT licensed</a>'
    built = f'<a href="{below}how-this-site-is-built/">How this site is built</a>'
    before, foot, after = output.partition("md-copyright__highlight")
    output = f"{before}{foot}{after.replace('MIT licensed', f'{licenses} · {built}', 1)}"
    output = output.replace(FOUND, f"{_suggestions(page)}{FOUND}", 1)
    return output.replace("</article>", f"{_last_line(page)}</article>", 1)


FOUND = '<ol class="md-search-result__list"'


def _home(page: Page) -> str:
    """The first page, from another."""
    return f"{get_relative_url('.', page.url)}/"


def _suggestions(page: Page) -> str:
    """What the search dialog offers where it finds nothing, or before anybody typed."""
    home = _home(page)
    searches = [
        f'<a href="{home}?q={quote_plus(query)}">{query}</a>'
        for query in ("send a message to a user", "403 Forbidden")
    ]
    table = f'<a href="{home}troubleshooting/">the table of errors</a>'
    return f'<p class="md-typeset search-help">Try {", ".join(searches)}, or {table}.</p>'


def _last_line(page: Page) -> str:
    parts = [f"Checked with <code>botbuilder-core</code> {_version()} on {day(facts()['checked'])}"]
    if page.edit_url:
        parts.append(f'<a href="{html.escape(page.edit_url)}">Edit this page</a>')
    if where := issue(f"docs/{page.file.src_uri}"):
        parts.append(f'<a href="{html.escape(where)}">Something wrong?</a>')
    return f'<p class="page-end">{" · ".join(parts)}</p>'


@cache  # each page names it
def _version() -> str:
    return version("botbuilder-core")


def on_post_template(output: str, *, template_name: str, config: Any, **_: Any) -> str:
    """Put links and searches on the page that a wrong address shows.

    Raises:
        PluginError: the theme's page is made otherwise.
    """
    if template_name != "404.html":
        return output
    heading = "<h1>404 - Not found</h1>"
    if output.count(heading) != 1:
        raise PluginError(f"The theme's 404.html has no {heading}.")
    home = urlsplit(config["site_url"]).path.rstrip("/")
    return output.replace(heading, NOT_FOUND.replace("{home}", home))
