"""What the build ships for Run in the page: what is needed, packing, licenses, projects."""

from __future__ import annotations

from samples.runner.files import ROOT

TOOLS = ROOT / "docs" / "plugins" / "run"
NODE = ROOT / "node_modules"


class Missing(Exception):
    """Run in the page cannot be built here; the text says why, and what to do."""
