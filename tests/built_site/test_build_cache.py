"""A second build makes again what changed, and nothing else; it gives what a first one gives."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import markdown
import pytest
from material.plugins.search.plugin import SearchIndex  # type: ignore[import-untyped]
from mkdocs.commands import build
from mkdocs.config import load_config

from tests.support import ROOT

sys.path.insert(0, str(ROOT / "docs" / "plugins"))

import build_cache
import search

# A site as this one is: pages, and macros that read samples, facts and recordings.
SITE = {
    "mkdocs.yml": """
site_name: Small
theme: mkdocs
hooks: [HOOKS/rendering.py]
plugins: [macros: {module_name: macros}]
validation: {links: {anchors: warn}}
""",
    "macros.py": """
from pathlib import Path
ROOT = Path(__file__).parent
def define_env(env):
    env.macro(lambda name: "Read: " + (ROOT / name).read_text(), "shown")
""",
    "sample.py": "print('hi')",
    "facts.toml": "limit = 7",
    "recorded.json": '{"printed": "hi"}',
    "docs/index.md": "# First\n\n{{ shown('sample.py') }}\n\n[Second](second.md#part)",
    "docs/second.md": "# Second\n\n## Part\n\n{{ shown('facts.toml') }}",
    "docs/third.md": "# Third\n\n{{ shown('recorded.json') }}",
}


class Small:
    """A small site in a folder, and the pages whose Markdown its last build converted."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.converted: list[str] = []
        convert = markdown.Markdown.convert

        def noted(md: markdown.Markdown, source: str) -> str:
            self.converted.append(source.partition("\n")[0].removeprefix("# "))
            return str(convert(md, source))

        monkeypatch.setattr(markdown.Markdown, "convert", noted)
        monkeypatch.setattr(build_cache, "KEPT", folder / "cache")
        monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")  # the theme writes the date into each page
        hooks = str(ROOT / "docs" / "plugins")
        for name, text in SITE.items():
            self.write(name, text.replace("HOOKS", hooks))

    def write(self, name: str, text: str) -> None:
        (self.folder / name).parent.mkdir(exist_ok=True)
        (self.folder / name).write_text(text, "utf-8")

    def build(self) -> dict[str, bytes]:
        """What is in the site, by path."""
        self.converted.clear()
        site = self.folder / "site"
        config = load_config(str(self.folder / "mkdocs.yml"), site_dir=str(site))
        config.plugins.on_startup(command="build", dirty=False)
        build.build(config)
        return {
            path.relative_to(site).as_posix(): path.read_bytes()
            for path in site.rglob("*")
            if path.is_file()
        }


@pytest.fixture
def small_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Small:
    caplog.set_level(logging.INFO, "mkdocs")
    return Small(tmp_path, monkeypatch)


def test_a_second_build_gives_the_same_and_converts_only_what_changed(small_site: Small) -> None:
    first = small_site.build()
    assert small_site.converted == ["First", "Second", "Third"]
    assert small_site.build() == first
    assert small_site.converted == []
    changes = {
        "sample.py": ("print('bye')", "index.html", ["First"]),
        "facts.toml": ("limit = 8", "second/index.html", ["Second"]),
        "recorded.json": ('{"printed": "ho"}', "third/index.html", ["Third"]),
    }
    for name, (text, page, converted) in changes.items():
        small_site.write(name, text)
        built = small_site.build()
        assert text in built[page].decode() and small_site.converted == converted
    macros = SITE["macros.py"].replace("Read: ", "What is read: ")
    small_site.write("macros.py", macros)
    built = small_site.build()
    assert all(b"What is read: " in built[page] for _, page, _ in changes.values())


def test_a_page_is_converted_again_when_what_it_links_to_is_gone(
    small_site: Small, caplog: pytest.LogCaptureFixture
) -> None:
    small_site.build()
    assert "second.md" not in caplog.text
    (small_site.folder / "docs/second.md").unlink()
    small_site.build()
    assert small_site.converted == ["First", "Third"]
    assert "contains a link 'second.md#part', but the target" in caplog.text


def test_each_build_warns_again(small_site: Small, caplog: pytest.LogCaptureFixture) -> None:
    text = "# Third\n\n[Nothing](nothing.md) and [no such part](second.md#none)"
    small_site.write("docs/third.md", text)
    for _ in range(2):
        caplog.clear()
        small_site.build()
        assert "link 'nothing.md'" in caplog.text and "anchor '#none'" in caplog.text


@pytest.fixture
def keeps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Callable[[], str]:
    """Has the small text made, and says whether it was made or kept."""
    monkeypatch.setattr(build_cache, "KEPT", tmp_path)
    caplog.set_level(logging.INFO, "mkdocs")

    def keep() -> str:
        made: list[str] = []

        def make() -> str:
            made.append("small")
            return "small"

        build_cache.kept("text", make, "small")
        return "made" if made else "kept"

    return keep


def test_what_is_kept_is_made_again_by_other_code(
    keeps: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [keeps(), keeps()] == ["made", "kept"]
    monkeypatch.setattr(build_cache, "MADE_WITH", "other versions")
    assert [keeps(), keeps()] == ["made", "kept"]


def test_a_damaged_entry_is_made_again(keeps: Callable[[], str], tmp_path: Path) -> None:
    keeps()
    [entry] = tmp_path.iterdir()
    entry.write_text('"sma')
    assert [keeps(), keeps()] == ["made", "kept"]


def test_a_quiet_build_keeps_nothing(
    keeps: Callable[[], str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, "mkdocs")
    assert [keeps(), keeps()] == ["made", "made"]


def test_the_digest_of_the_code_changes_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build_cache, "PLUGINS", tmp_path)
    (tmp_path / "macros.py").write_text("before = 1")
    before = build_cache.made_with()
    (tmp_path / "macros.py").write_text("after = 1")
    assert build_cache.made_with() != before


def found(content: str) -> list[Any]:
    """What the search finds of a page with this HTML: the entries of its index."""
    index = SearchIndex()
    config = {"plugins": {"material/search": SimpleNamespace(search_index=index)}}
    page: Any = SimpleNamespace(content=content, url="p/", title="P", meta={}, toc=[])
    leave_listings_out, bring_listings_back = search.on_page_context.methods
    leave_listings_out({}, page=page, config=SimpleNamespace(**config))
    index.add_entry_from_context(page)
    bring_listings_back({}, page=page, config=SimpleNamespace(**config))
    assert (page.content, page.meta) == (content, {})
    entries: list[Any] = index.entries
    return entries


def test_the_search_reads_a_page_again_when_it_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build_cache, "KEPT", tmp_path)
    searched: list[str] = []

    def read(html: str, _: str) -> str:
        searched.append(html)
        return html

    monkeypatch.setattr(search, "searched", read)
    before, after = '<h1 id="a">A</h1><p>Old</p>', '<h1 id="a">A</h1><p>New</p>'
    first = found(before)
    assert [entry["text"] for entry in first] == ["<p>Old</p>"]
    assert found(before) == first
    assert [entry["text"] for entry in found(after)] == ["<p>New</p>"]
    assert searched == [before, after]


def test_what_no_build_uses_is_deleted_after_a_week(
    keeps: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeps()
    build_cache.forget_unused()
    assert keeps() == "kept"
    monkeypatch.setattr(build_cache, "UNUSED", -1)
    build_cache.forget_unused()
    assert [*tmp_path.iterdir()] == []
