"""The `.env.example` of a downloaded project: what to fill in, and comments for the rest."""

from __future__ import annotations

import subprocess
import sys

import pytest

from samples.runner.registry import find, samples
from tests.support import ROOT

sys.path.insert(0, str(ROOT / "docs" / "plugins"))

from shipping.projects import example_settings


def test_what_a_sample_needs_is_to_be_filled_in_and_the_rest_is_a_comment() -> None:
    lines = example_settings(find("install_for_everyone").files()).splitlines()
    assert {"MicrosoftAppId=", "MicrosoftAppPassword=", "TEAMS_TENANT_ID="} <= set(lines)
    assert {
        "# MicrosoftAppType=SingleTenant",
        "# CONVERSATIONS_URL=sqlite:///conversations.db",
        "# OUTBOX_URL=sqlite:///outbox.db",
        "# GRAPH_URL=https://graph.microsoft.com/v1.0",
        "# AZURE_CLIENT_CERTIFICATE_PATH=",
    } <= set(lines)


@pytest.mark.parametrize("sample", samples())
def test_a_shell_that_reads_it_gets_blank_variables_and_no_error(sample: str) -> None:
    settings = example_settings(find(sample).files())
    shell = f"set -eua\n{settings}\nenv"
    done = subprocess.run(["sh", "-c", shell], env={}, capture_output=True, text=True, check=True)
    given = {
        name: value
        for name, _, value in (line.partition("=") for line in done.stdout.splitlines())
        if name.startswith(("Microsoft", "TEAMS_", "CONVERSATIONS", "OUTBOX"))
    }
    assert "MicrosoftAppId" in given and set(given.values()) == {""}
