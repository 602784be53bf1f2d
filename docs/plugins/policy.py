"""MkDocs hook: gives every page a Content-Security-Policy, as a <meta> that any host serves."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mkdocs.plugins import event_priority

# Only what the site itself has. Tables that Markdown aligns have a style attribute; to compile
# WebAssembly is all of eval that Python in the page needs.
POLICY = {
    "default-src": "'self'",
    "script-src": "'self' 'wasm-unsafe-eval' {inline}",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
}
# The page of Local Teams and the sandbox have a policy of their own, which names its scripts so.
INLINE = "{inline}"
OWN = re.compile(r'<meta http-equiv="Content-Security-Policy"')
# A script that a browser runs: one with `src` has nothing inside, one of JSON is data.
SCRIPT = re.compile(r'<script(?![^>]*\b(?:src=|type="application/json"))[^>]*>(.*?)</script>', re.S)
FIRST = re.compile(r"<meta charset=[^>]*>")

served: list[bool] = []  # by `mkdocs serve`, which writes a script into each page it hands out


def on_startup(command: str, **_: Any) -> None:
    """Remember what the build is for."""
    served[:] = [command == "serve"]


def inline_hashes(pages: Iterable[str]) -> str:
    """The sources, for script-src, of every script that is written into one of the pages."""
    digests = {
        base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        for page in pages
        for script in SCRIPT.findall(page)
    }
    return " ".join(f"'sha256-{digest}'" for digest in sorted(digests))


def with_policy(page: str, inline: str) -> str:
    """The page with the site's policy, or with its own completed.

    Args:
        inline: the sources of the scripts that are written into pages.
    """
    if OWN.search(page):
        return page.replace(INLINE, inline)
    policy = "; ".join(f"{name} {value}" for name, value in POLICY.items())
    content = policy.replace(INLINE, inline)
    meta = f'<meta http-equiv="Content-Security-Policy" content="{content}">'
    return FIRST.sub(lambda first: f"{first[0]}{meta}", page, count=1)


@event_priority(-100)  # when every other hook has written what it writes
def on_post_build(config: Any) -> None:
    """Write the policy into each page, with the scripts of all: Material replaces what a page shows
    and keeps the policy that the visit began with."""
    texts = {path: path.read_text("utf-8") for path in Path(config["site_dir"]).rglob("*.html")}
    pages = {path: text for path, text in texts.items() if FIRST.search(text)}
    shared = inline_hashes(text for text in pages.values() if not OWN.search(text))
    for path, text in pages.items():
        inline = inline_hashes([text]) if OWN.search(text) else shared
        inline = "'unsafe-inline'" if served == [True] else inline
        path.write_text(with_policy(text, inline), "utf-8")
