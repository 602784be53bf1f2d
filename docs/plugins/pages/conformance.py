"""What the page of the conformance run shows."""

from __future__ import annotations

from pages.repository import issue
from samples.runner.conformance.probes import MOST
from samples.runner.files import ROOT


def most_probes() -> int:
    """How many requests a run sends to a tenant, without those that delete."""
    return MOST


def conformance_table() -> str:
    """The output of a run against a Teams with two planted faults: `make record` writes it."""
    return (ROOT / "docs" / "recorded" / "conformance.txt").read_text("utf-8").rstrip()


def issue_link() -> str:
    """Where to share a recording, for a sentence."""
    where = issue("Conformance")
    return f"[an issue]({where})" if where else "an issue of this repository"
