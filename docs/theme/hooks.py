"""What the build adds: the component that draws conversations, a name for the search dialog."""

from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

from samples.local_teams.server import CARDS, NO_CARDS, PAGE

COMPONENT = PAGE / "teams-conversation.js"


def on_files(files: Files, config: Any) -> Files:
    """Take the component from Local Teams, so that both draw with the same file; and what it loads
    to draw cards, where npm has put it."""
    files.append(_asset(config, COMPONENT))
    if CARDS.exists():
        files.append(_asset(config, CARDS))
    else:
        files.append(File.generated(config, f"assets/{CARDS.name}", content=NO_CARDS))
    return files


def _asset(config: Any, path: Path) -> File:
    return File.generated(config, f"assets/{path.name}", abs_src_path=str(path.resolve()))


def on_post_page(output: str, **_: Any) -> str:
    """Name the search dialog, which Material leaves nameless (axe: aria-dialog-name)."""
    return output.replace(
        'data-md-component="search" role="dialog"',
        'data-md-component="search" role="dialog" aria-label="Search"',
    )
