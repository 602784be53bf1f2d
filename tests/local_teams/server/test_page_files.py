"""The files of the page."""

from __future__ import annotations

import re
import urllib.request
from pathlib import Path

import pytest

from samples.local_teams.server import page_files
from samples.local_teams.testing import LocalTeams

IMPORTED = re.compile(r'^import .*?"\./(.+?)";', re.M)


def fetch(teams: LocalTeams, path: str) -> tuple[str, str]:
    """The content type and the text of a file."""
    with urllib.request.urlopen(f"{teams.service_url}{path}") as answer:
        return answer.headers["Content-Type"], answer.read().decode()


def test_the_page_comes_with_every_script_that_it_imports(teams: LocalTeams) -> None:
    kind, text = fetch(teams, "")
    assert kind.startswith("text/html")
    waiting, scripts = set(re.findall(r'src="page/(.+?)"', text)), set()
    while waiting:
        script = waiting.pop()
        kind, text = fetch(teams, f"page/{script}")
        assert "javascript" in kind, script
        scripts.add(script)
        waiting |= set(IMPORTED.findall(text)) - scripts
    assert scripts == {path.name for path in page_files.PAGE.glob("*.js")}


@pytest.mark.parametrize(
    ("installed", "text"), [(True, "AdaptiveCards"), (False, page_files.NO_CARDS)]
)
def test_the_library_for_cards_or_what_is_missing(
    teams: LocalTeams,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    installed: bool,
    text: str,
) -> None:
    library = tmp_path / "adaptivecards.min.js"
    if installed:
        library.write_text("var AdaptiveCards;")
    monkeypatch.setattr(page_files, "CARDS", library)
    kind, script = fetch(teams, "page/adaptivecards.min.js")
    assert "javascript" in kind
    assert text in script
