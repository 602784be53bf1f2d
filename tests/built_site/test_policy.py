"""What pages may load: each names its own scripts, and nothing comes from another host."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.support.browsing import Screen

OWN = ("assets/local-teams/index.html", "assets/run/sandbox.html")


HANDLER = re.compile(r"<[a-z][^<>]*\son[a-z]+=")
META = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')


class Page(NamedTuple):
    policy: dict[str, list[str]]  # the sources of each directive
    text: str

    @property
    def written(self) -> set[str]:
        """The scripts that are in the page, as a policy names them."""
        tags = [part.partition(">") for part in self.text.split("<script")[1:]]
        scripts = [
            rest.partition("</script>")[0]
            for tag, _, rest in tags
            if " src=" not in tag and "application/json" not in tag
        ]
        digests = [hashlib.sha256(script.encode()).digest() for script in scripts]
        return {f"'sha256-{b64encode(digest).decode()}'" for digest in digests}


@cache
def policies(site: Path) -> dict[str, Page]:
    """Every page by its name."""
    found = {}
    for path in sorted(site.rglob("*.html")):
        text = path.read_text("utf-8")
        if "<!doctype" not in text[:20].lower():
            continue  # the colored code of a sample, which other pages load
        [content] = META.findall(text)
        parts = [part.split() for part in content.split("; ")]
        found[str(path.relative_to(site))] = Page({part[0]: part[1:] for part in parts}, text)
    return found


def test_every_page_names_the_scripts_written_into_it(site: Path) -> None:
    assert len(policies(site)) > 40
    for name, page in policies(site).items():
        assert page.written <= {*page.policy["script-src"]}, name
        assert HANDLER.findall(page.text) == [], name
        before = page.text.partition("<meta http-equiv")[0]
        assert "<script" not in before and "<link" not in before, name
    assert policies(site)["index.html"].written


def test_no_page_may_load_from_another_host(site: Path) -> None:
    allowed = {"'self'", "'none'", "'wasm-unsafe-eval'", "data:", "blob:"}
    for name, page in policies(site).items():
        policy = page.policy
        sources = {one for key, part in policy.items() if key != "style-src" for one in part}
        assert {one for one in sources if not one.startswith("'sha256-")} <= allowed, name
        assert policy["default-src"] in (["'self'"], ["'none'"]), name
    shared = {str(page.policy) for name, page in policies(site).items() if name not in OWN}
    assert len(shared) == 1  # Material keeps that of the first page
    sandbox = policies(site)["assets/run/sandbox.html"].policy
    assert sandbox["default-src"] == ["'none'"]
    assert {*sandbox} == {"default-src", "script-src", "worker-src"}


def test_no_page_needs_what_its_policy_forbids(site_url: str, screen: Screen) -> None:
    """Run and the playground have the same assertion in their tests."""
    for page in ("", "notebooks/pacing/", "troubleshooting/", "404.html"):
        screen.open(site_url + page)
        assert screen.count(".md-content h1") == 1
    assert screen.complaints() == []
