"""The files of the page."""

from __future__ import annotations

import urllib.request
from pathlib import Path

import pytest

from samples.local_teams.server import page_files
from samples.local_teams.testing import LocalTeams


def test_without_npm_the_page_is_told_so(
    teams: LocalTeams, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(page_files, "CARDS", tmp_path / "adaptivecards.min.js")
    with urllib.request.urlopen(f"{teams.service_url}page/adaptivecards.min.js") as answer:
        assert answer.headers["Content-Type"].startswith("text/javascript")
        assert b"npm ci" in answer.read()
