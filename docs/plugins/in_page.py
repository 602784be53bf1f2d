"""MkDocs hook: adds to the site what Run in the page loads."""

from __future__ import annotations

import json
import logging
from functools import partial
from typing import Any

import build_cache
from mkdocs.structure.files import File, Files
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from shipping import Missing
from shipping.obstacles import obstacle
from shipping.packing import assemble
from shipping.projects import archive, archive_name, project

from samples.facts import named_rows
from samples.runner import registry
from samples.runner.files import SAMPLES

log = logging.getLogger("mkdocs.hooks.in_page")


def on_files(files: Files, config: Any) -> Files:
    """Add what the page loads; without Node or a network, the reason that the button shows."""
    samples = registry.samples().values()
    anchors: dict[str, str] = {}  # of the table of errors, by status and code
    for anchor, row in named_rows().items():
        anchors.setdefault(f"{row.status} {row.code}", anchor)
    projects = {sample.name: project(sample) for sample in samples}
    page: dict[str, Any] = {"errors": anchors, "projects": projects}
    try:
        made = assemble()
        for path in sorted(made.rglob("*")):
            if path.is_file() and path.name != "parts.json":
                name = f"assets/run/{path.relative_to(made)}"
                files.append(File.generated(config, name, abs_src_path=str(path)))
    except Missing as missing:
        log.info("Samples do not run in the page: %s.", missing)
        page["missing"] = str(missing)
    for sample in registry.everything():
        if sample.sdk or obstacle(sample):  # no button there makes the archive
            name = archive_name(sample)
            files.append(File.generated(config, name, content=archive(sample)))
    everything = {*SAMPLES.rglob("*.py"), *SAMPLES.rglob("*.toml")}
    everything = everything.union(*(sample.files() for sample in samples))
    texts = {str(p.relative_to(SAMPLES)): p.read_text("utf-8") for p in sorted(everything)}
    modules = registry.GUIDE.in_every_run()
    for name, data in (("samples.json", texts), ("run.json", page), ("modules.json", modules)):
        files.append(File.generated(config, f"assets/run/{name}", content=json.dumps(data)))
    for sample in samples:
        code = texts[sample.path]
        html = build_cache.kept("colored", partial(colored, code), code)
        files.append(File.generated(config, f"assets/run/code/{sample.path}.html", content=html))
    return files


def colored(code: str) -> str:
    """Python with its colors, letter by letter what it is."""
    lexer = PythonLexer(stripnl=False, ensurenl=False)
    html: str = highlight(code, lexer, HtmlFormatter(nowrap=True))
    return html if code.endswith("\n") else html.removesuffix("\n")
