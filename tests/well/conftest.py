"""A digest at a moment."""

from __future__ import annotations

import pytest

from samples.runner.running import start
from tests.support.digesting import Run


@pytest.fixture
def run_at(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Runs the sample at a moment; answers with what it printed."""

    def run_at(moment: str) -> str:
        monkeypatch.setenv("DIGEST_NOW", moment)
        capsys.readouterr()
        start("digest")
        return capsys.readouterr().out

    return run_at
