"""What the build adds to notebooks: outputs, a description, a download, links, the theme's looks.

Notebooks run here and not in mkdocs-jupyter: beside the rest of the build, and over sockets that no
other process can take.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import posixpath
import shutil
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import build_cache
import nbformat
from bs4 import BeautifulSoup, Tag
from mkdocs.plugins import event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from nbclient import NotebookClient
from nbformat import NotebookNode
from traitlets.config import Config

ROOT = Path(__file__).parents[2]
KEPT = ROOT / ".cache" / "notebooks"
LONGEST = 300  # seconds that a cell may take
log = logging.getLogger("mkdocs.hooks.notebooks")  # so that its warnings stop a strict build
_running: dict[str, Future[Path]] = {}  # by the notebook's path


def executed(path: Path, folder: Path) -> NotebookNode:
    """A notebook with the outputs that its cells have when it runs in a folder.

    Where the system has them, the kernel listens on sockets in a folder of its own: ports are
    chosen before they are bound, and another process may take one meanwhile.

    Raises:
        CellExecutionError: a cell failed.
    """
    notebook: NotebookNode = nbformat.reads(path.read_text("utf-8"), as_version=4)
    with TemporaryDirectory() as own:
        sockets = {"transport": "ipc", "ip": f"{own}/socket"}
        client = NotebookClient(
            notebook,
            timeout=LONGEST,
            resources={"metadata": {"path": str(folder)}},
            config=Config({} if os.name == "nt" else {"KernelManager": sockets}),
        )
        client.execute()
    return notebook


@event_priority(100)  # before all that takes time
def on_config(config: Any) -> None:
    """Begin to run the notebooks whose outputs are not kept from a build with the same samples and
    packages."""
    known = hashlib.sha256(sys.version.encode())
    samples = ROOT / "samples"
    notebooks = sorted(Path(config["docs_dir"]).rglob("*.ipynb"))
    for path in [*sorted([*samples.rglob("*.py"), *samples.rglob("*.toml")]), *notebooks]:
        known.update(path.read_bytes())
    known.update((ROOT / "requirements.txt").read_bytes())
    here = KEPT / known.hexdigest()[:16]
    for old in KEPT.glob("*"):
        if old != here:
            shutil.rmtree(old, ignore_errors=True)
    here.mkdir(parents=True, exist_ok=True)
    threads = ThreadPoolExecutor()
    for path in notebooks:
        _running[str(path)] = threads.submit(_keep, path, here / path.name)
    threads.shutdown(wait=False)


def _keep(path: Path, kept: Path) -> Path:
    if not kept.exists():
        part = kept.with_suffix(".part")
        part.write_text(nbformat.writes(executed(path, path.parent)), "utf-8")
        part.replace(kept)
    return kept


@event_priority(100)  # before mkdocs-jupyter, which converts what is there
def on_pre_page(page: Page, **_: Any) -> Page:
    """Have mkdocs-jupyter convert the notebook with its outputs."""
    if _is_notebook(page):
        page.file.abs_src_path = str(_running[str(page.file.abs_src_path)].result())
    return page


@event_priority(100)  # before macros, to which a notebook is no template
def on_page_markdown(markdown: str, *, page: Page, **_: Any) -> str | None:
    """The description stands in the notebook's metadata, next to its kernel."""
    if not _is_notebook(page):
        return None
    page.meta["description"] = json.loads(markdown)["metadata"]["description"]
    return ""


def on_page_content(html: str, *, page: Page, config: Any, files: Files, **_: Any) -> str | None:
    """Show cells as the theme shows code, without JupyterLab's 570 KB of styles and its scripts."""
    if not _is_notebook(page):
        return None
    # mkdocs-jupyter offers the one without outputs as a download.
    page.file.abs_src_path = str(Path(config["docs_dir"], page.file.src_uri))
    begin = html.index('<div class="jupyter-wrapper">')
    end = html.index("<!-- jupyter-wrapper -->", begin)
    made_of = (html[begin:end], page.file.src_uri, build_cache.files_digest(files))
    parts = build_cache.kept("notebook", lambda: _parts(html[begin:end], page, files), *made_of)
    name = posixpath.basename(page.file.src_uri)
    download = f'<p><a class="md-button" href="{name}" download>Download this notebook</a></p>'
    return "\n".join(parts).replace("</h1>", f"</h1>\n{download}", 1)


def _parts(html: str, page: Page, files: Files) -> list[str]:
    notebook = BeautifulSoup(html, "html.parser")
    shown = notebook.select(".jp-MarkdownOutput, .highlight-ipynb, .jp-OutputArea-output")
    return [_shown(part, page, files) for part in shown]


def _is_notebook(page: Page) -> bool:
    return page.file.src_uri.endswith(".ipynb")


def _shown(part: Tag, page: Page, files: Files) -> str:
    """A cell's text, code or output, as the theme writes it."""
    classes = part.get_attribute_list("class")
    pre = part.find("pre", recursive=False)
    if "jp-MarkdownOutput" in classes:
        _lead_somewhere(part, page, files)
        return part.decode_contents()
    if "highlight-ipynb" in classes and pre:
        code = f'<div class="highlight"><pre><code>{pre.decode_contents()}</code></pre></div>'
        if part.find_parent(class_="celltag_hide-input"):
            return f"<details><summary>Show the code</summary>{code}</details>"
        return code
    if pre:
        return (
            '<div class="language-text highlight"><span class="filename">Output</span>'
            f"<pre><code>{pre.decode_contents()}</code></pre></div>"
        )
    return f"<div>{part.decode_contents()}</div>"


def _lead_somewhere(part: Tag, page: Page, files: Files) -> None:
    """Turn links to files, which work in a clone, into links to pages; anchors get the theme's."""
    for link in part.find_all("a", href=True):
        to = urlsplit(str(link["href"]))
        if "anchor-link" in link.get_attribute_list("class"):
            link["class"], link["title"] = "headerlink", "Permanent link"
        elif not to.scheme and to.path:
            folder = posixpath.dirname(page.file.src_uri)
            there = files.get_file_from_path(posixpath.normpath(posixpath.join(folder, to.path)))
            if there is None:
                log.warning("%s links to %s, which is not there", page.file.src_uri, to.path)
                continue
            anchor = f"#{to.fragment}" if to.fragment else ""
            link["href"] = there.url_relative_to(page.file) + anchor
