"""Where the project lives, from the environment: REPO_URL. Without it, no page names a place."""

from __future__ import annotations

from urllib.parse import urlencode

from samples.shared.settings import optional_setting


def repository() -> str:
    """The address of the repository, without a slash at its end; empty when none is set."""
    return optional_setting("REPO_URL").rstrip("/")


def issue(about: str) -> str:
    """Where a reader reports what is wrong with a page or a sample; empty without a repository."""
    home = repository()
    return f"{home}/issues/new?{urlencode({'title': f'{about}: '})}" if home else ""


def clone(sample: str) -> str:
    """The commands that bring the samples to a reader's machine and run one, for a sentence."""
    run = f"`make run SAMPLE={sample}`"
    home = repository()
    return f"`git clone {home}`, then {run} in its folder" if home else run


def in_repository(path: str) -> str:
    """A file or a folder of the repository, which leads to it where the repository is known."""
    home = repository()
    return f"[`{path}`]({home}/tree/HEAD/{path})" if home else f"`{path}`"
