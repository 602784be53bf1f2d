"""Samples run in this process, and leave nothing in it."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from samples.runner import running
from samples.runner.registry import find, samples
from samples.runner.running import run
from samples.runner.stories import read_story


def test_credentials_stay_out_of_a_local_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run against Local Teams signs in nowhere, whatever the reader's environment holds."""
    monkeypatch.setenv("MicrosoftAppId", "7f0fb1c6-0000-4000-8000-000000000000")
    monkeypatch.setenv("TEAMS_USER_ID", "29:1somebody-real")
    before = dict(os.environ)
    done = running.run("to_person")
    assert done.arrived and not done.complaint
    assert not any("Authorization" in exchange.request.headers for exchange in done.wire)
    assert dict(os.environ) == before


def test_a_run_leaves_no_trace_among_the_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    import samples.send.to_person

    running.run("to_person")
    assert sys.modules["samples.send.to_person"] is samples.send.to_person
    monkeypatch.delitem(sys.modules, "samples.send.to_person")
    running.run("to_person")
    assert "samples.send.to_person" not in sys.modules


@pytest.mark.parametrize("sample", samples())
def test_without_a_tenant_a_sample_says_what_is_missing_and_leaves_nothing(
    sample: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in os.environ:
        if name.startswith(("Microsoft", "TEAMS_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        running.start(sample, *read_story(find(sample)).arguments)
    assert re.fullmatch(
        r"[A-Za-z_]+ is not set\. "
        rf"To run without a tenant: python -m samples run {sample}",
        str(ended.value),
    )
    assert list(tmp_path.iterdir()) == []


def test_a_user_whom_nobody_knows_is_tried_and_refused() -> None:
    done = run("to_person", user="29:1nobody")
    assert "Failed to decrypt pairwise id" in done.complaint
