"""Why a sample cannot run in the page."""

from __future__ import annotations

import re
from functools import cache

from samples.runner.registry import Sample
from shipping import Missing
from shipping.needs import hindered
from shipping.packing import parts


@cache
def obstacle(sample: Sample) -> str:
    """Why a sample cannot run in the page, in words that follow a colon; empty if it can.

    Without the page's Python, no obstacle is known.
    """
    try:
        found = parts()
    except Missing:
        return ""
    if end := found["failed"].get(sample.name):
        module = re.fullmatch(r"ModuleNotFoundError: No module named '(.+)'", end)
        return f"it needs {module[1]}, which no browser has" if module else f"it ends with {end}"
    return hindered(sample, found["absent"])
