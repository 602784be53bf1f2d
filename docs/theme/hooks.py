"""What the build adds: the component that draws conversations, a name for the search dialog."""

from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

COMPONENT = Path("samples/local_teams/page/teams-conversation.js")


def on_files(files: Files, config: Any) -> Files:
    """Take the component from Local Teams, so that both draw with the same file."""
    files.append(
        File.generated(config, f"assets/{COMPONENT.name}", abs_src_path=str(COMPONENT.resolve()))
    )
    return files


def on_post_page(output: str, **_: Any) -> str:
    """Name the search dialog, which Material leaves nameless (axe: aria-dialog-name)."""
    return output.replace(
        'data-md-component="search" role="dialog"',
        'data-md-component="search" role="dialog" aria-label="Search"',
    )
