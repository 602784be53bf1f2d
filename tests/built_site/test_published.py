"""The site has what readers use, and nothing of what builds it."""

from __future__ import annotations

from pathlib import Path

from tests.support import ROOT


def test_nothing_of_the_build_is_published(site: Path, runs_samples: str) -> None:
    published = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    programs = {name for name in published if name.endswith((".py", ".mjs", ".toml"))}
    assert programs == {
        "assets/run/boot.py",
        "assets/run/pyodide/pyodide.mjs",
        "assets/run/pyodide/pyodide.asm.mjs",
    }
    folders = {name.partition("/")[0] for name in published}
    assert not {"plugins", "recorded", "theme"} & folders
    assert {path.name for path in (ROOT / "docs").iterdir()} >= {"plugins", "recorded"}
