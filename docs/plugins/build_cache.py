"""Keeps what the build makes of texts alone in .cache/site: a second build reads it back.

The name of an entry is a digest of all that it was made of: the texts, the code of docs/plugins,
and the versions of Python and of every installed package. An entry is never wrong, only unused.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sys
import sysconfig
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from mkdocs.structure.files import Files
from mkdocs.utils import CountHandler

PLUGINS = Path(__file__).parent
KEPT = PLUGINS.parents[1] / ".cache" / "site"
UNUSED = 7 * 24 * 3600  # seconds after which an entry that no build used is deleted


def made_with() -> str:
    """A digest of what makes entries out of texts: the packages, Python, and this folder."""
    packages = Path(sysconfig.get_path("purelib")).glob("*.dist-info")  # named with their versions
    digest = hashlib.sha256(
        "\n".join([sys.version, *sorted(path.name for path in packages)]).encode()
    )
    for path in sorted(PLUGINS.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


MADE_WITH = made_with()  # when this code was imported: a change of it shows in the next process


def entry(kind: str, *made_of: object) -> Path:
    """Where the build keeps what it makes of these, which JSON can say."""
    says = json.dumps([MADE_WITH, kind, *made_of], default=str)
    return KEPT / f"{kind}-{hashlib.sha256(says.encode()).hexdigest()[:32]}.json"


def read(path: Path) -> Any:
    """What is kept there; None if nothing is, or if it is damaged."""
    try:
        data = json.loads(path.read_text("utf-8"))
        os.utime(path)
    except (OSError, ValueError):
        return None
    return data


def write(path: Path, data: Any) -> None:
    """Keep data, which JSON can say. Two builds at once may write the same entry."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=path.parent, encoding="utf-8", delete=False) as part:
        json.dump(data, part)
    Path(part.name).replace(path)


def kept(kind: str, make: Callable[[], Any], *made_of: object) -> Any:
    """What an earlier build made of these; else what `make` gives, which is kept.

    It is not kept when the build logged anything meanwhile: each build shows its warnings.

    Args:
        made_of: all that the result depends on, beside the code here.
    """
    path = entry(kind, *made_of)
    found = read(path)
    if found is None:
        counter, log = CountHandler(), logging.getLogger("mkdocs")
        log.addHandler(counter)
        try:
            found = make()
        finally:
            log.removeHandler(counter)
        # With --quiet, nobody knows of warnings.
        if log.isEnabledFor(logging.INFO) and not counter.get_counts():
            write(path, found)
    return found


def files_digest(files: Files) -> str:
    """What links can lead to: the files of the site, with their addresses."""
    known = [(file.src_uri, file.url, file.inclusion.value) for file in files]
    return hashlib.sha256(json.dumps(known).encode()).hexdigest()


def forget_unused() -> None:
    """Delete the entries that no build used for a week."""
    for path in KEPT.rglob("*"):
        if path.is_file() and time.time() - path.stat().st_mtime > UNUSED:
            path.unlink(missing_ok=True)
