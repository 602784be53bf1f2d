"""MkDocs hook: turns only those pages into HTML whose Markdown changed, after the macros.

Macros read samples, facts and recordings, and run in every build. What comes after them is a
function of a page's Markdown, of the configuration and of the files that links lead to.
"""

from __future__ import annotations

from typing import Any

import build_cache
from jinja2 import Environment, FileSystemBytecodeCache
from mkdocs.plugins import event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink, get_toc

_files = ""  # the digest of the files of this build


@event_priority(-100)
def on_nav(nav: Any, *, config: Any, files: Files, **_: Any) -> None:
    """Note which files links can lead to, and keep what Jinja compiles of the pages."""
    global _files
    _files = build_cache.files_digest(files)
    macros = config.plugins["macros"]
    keep_compiled(macros.env, str(dict(macros.config)))


def on_env(env: Environment, **_: Any) -> None:
    """Keep what Jinja compiles of the theme."""
    env.bytecode_cache = _bytecode()


def _bytecode() -> FileSystemBytecodeCache:
    folder = build_cache.KEPT / f"jinja-{build_cache.MADE_WITH[:16]}"
    folder.mkdir(parents=True, exist_ok=True)
    return FileSystemBytecodeCache(str(folder))


def keep_compiled(env: Environment, options: str) -> None:
    """Keep what Jinja compiles of texts, which by itself it does for files only.

    Args:
        options: those of the environment.
    """
    compile, kept = env.compile, _bytecode()

    def compiled(source: str, *args: Any, **options_of_one: Any) -> Any:
        if args or options_of_one:  # of a file, with its name
            return compile(source, *args, **options_of_one)
        bucket = kept.get_bucket(env, f"{options} {source}", None, source)
        if bucket.code is None:
            bucket.code = compile(source)
            kept.set_bucket(bucket)
        return bucket.code

    env.compile = compiled  # type: ignore[method-assign, assignment]


@event_priority(-200)  # after all that changes the page's Markdown
def on_page_markdown(markdown: str, *, page: Page, config: Any, **_: Any) -> None:
    """Read the page's HTML back if an earlier build made it of the same; else keep it."""
    if page.file.src_uri.endswith(".ipynb"):
        return  # mkdocs-jupyter keeps its own
    render = page.render
    made_of = (
        *(markdown, page.file.src_uri, page.file.url, page.file.inclusion.value, _files),
        *(config["markdown_extensions"], config["mdx_configs"], config["validation"]),
    )

    def read_or_render(config: Any, files: Files) -> None:
        def make() -> dict[str, Any]:
            render(config, files)
            return _state(page)

        _restore(page, build_cache.kept("page", make, *made_of), files)

    page.render = read_or_render  # type: ignore[method-assign]


def _state(page: Page) -> dict[str, Any]:
    """What rendering a page sets (mkdocs 1.6: `Page.render`), as JSON."""
    links = page.links_to_anchors or {}
    return {
        "content": page.content,
        "toc": [_token(link) for link in page.toc],
        "title": page._title_from_render,
        "anchors": list(page.present_anchor_ids or ()),
        "links": {file.src_uri: anchors for file, anchors in links.items()},
    }


def _restore(page: Page, state: dict[str, Any], files: Files) -> None:
    page.content = state["content"]
    page.toc = get_toc(state["toc"])
    page._title_from_render = state["title"]
    page.present_anchor_ids = set(state["anchors"])
    page.links_to_anchors = {}
    for uri, anchors in state["links"].items():
        if file := files.get_file_from_path(uri):
            page.links_to_anchors[file] = anchors


def _token(link: AnchorLink) -> Any:
    children = [_token(child) for child in link.children]
    return {"name": link.title, "id": link.id, "level": link.level, "children": children}


def on_post_build(**_: Any) -> None:
    """Delete what no build uses any more."""
    build_cache.forget_unused()
