"""The broadcast command."""

from __future__ import annotations

import pytest

from samples.runner.running import start
from tests.support.broadcasting import Broadcast, Told


@pytest.fixture
def broadcast(environ: dict[str, str], capfd: pytest.CaptureFixture[str]) -> Broadcast:
    """Runs the command in this process."""

    def broadcast(*arguments: str) -> Told:
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            start("broadcast", *arguments)
        captured = capfd.readouterr()
        if isinstance(
            ended.value.code, str
        ):  # what Python prints, and the status that it ends with
            return Told(1, captured.out, f"{captured.err}{ended.value.code}\n")
        return Told(ended.value.code or 0, captured.out, captured.err)

    return broadcast
