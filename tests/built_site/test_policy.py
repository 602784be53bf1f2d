"""What pages may load: each names its own scripts, and nothing comes from another host."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from functools import cache
from pathlib import Path

from bs4 import BeautifulSoup

from tests.support.browsing import Screen

OWN = ("assets/local-teams/index.html", "assets/run/sandbox.html")


@cache
def policies(site: Path) -> dict[str, tuple[dict[str, list[str]], BeautifulSoup]]:
    """The sources of each directive, and the page, by its name; the page as it is."""
    found = {}
    for path in sorted(site.rglob("*.html")):
        text = path.read_text("utf-8")
        if "<!doctype" not in text[:20].lower():
            continue  # the colored code of a sample, which other pages load
        page = BeautifulSoup(text, "html.parser")
        [policy] = page.select("head > meta[http-equiv=Content-Security-Policy]")
        parts = [part.split() for part in str(policy["content"]).split("; ")]
        found[str(path.relative_to(site))] = ({part[0]: part[1:] for part in parts}, page)
    return found


def test_every_page_names_the_scripts_written_into_it(site: Path) -> None:
    assert len(policies(site)) > 40
    for name, (policy, page) in policies(site).items():
        written = [
            script.string or ""
            for script in page.find_all("script", src=False)
            if script.get("type") != "application/json"
        ]
        digests = {b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in written}
        assert {f"'sha256-{one}'" for one in digests} <= {*policy["script-src"]}, name
        handlers = [one for one in page.find_all(True) if any(key[:2] == "on" for key in one.attrs)]
        assert handlers == [], name
        meta = page.select_one("meta[http-equiv]")
        assert meta and not meta.find_previous(["script", "link"]), name


def test_no_page_may_load_from_another_host(site: Path) -> None:
    allowed = {"'self'", "'none'", "'wasm-unsafe-eval'", "data:", "blob:"}
    for name, (policy, _) in policies(site).items():
        sources = {one for key, part in policy.items() if key != "style-src" for one in part}
        assert {one for one in sources if not one.startswith("'sha256-")} <= allowed, name
        assert policy["default-src"] in (["'self'"], ["'none'"]), name
    shared = {str(policy) for name, (policy, _) in policies(site).items() if name not in OWN}
    assert len(shared) == 1  # Material keeps that of the first page
    sandbox, _ = policies(site)["assets/run/sandbox.html"]
    assert sandbox["default-src"] == ["'none'"]
    assert {*sandbox} == {"default-src", "script-src", "worker-src"}


def test_no_page_needs_what_its_policy_forbids(site_url: str, screen: Screen) -> None:
    """Run and the playground have the same assertion in their tests."""
    for page in ("", "notebooks/pacing/", "troubleshooting/", "404.html"):
        screen.open(site_url + page)
        assert screen.count(".md-content h1") == 1
    assert screen.complaints() == []
