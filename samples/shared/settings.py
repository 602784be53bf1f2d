"""What a sample reads from its environment. An empty variable counts as one that is not set."""

from __future__ import annotations

import os
import sys
from pathlib import Path

SAMPLES = Path(__file__).resolve().parents[1]


def setting(name: str) -> str:
    """The value of an environment variable that a sample cannot do without.

    Raises:
        SystemExit: the variable is missing; the message says how to run without a tenant.
    """
    if value := optional_setting(name):
        return value
    raise SystemExit(
        f"{name} is not set. To run without a tenant: python -m samples run {_sample()}"
    )


def optional_setting(name: str, default: str = "") -> str:
    """The value of an environment variable, or a default where it is not set, empty or blank.

    Spaces and line ends around a value go: they come from a file or a form, and are never meant.
    """
    return os.environ.get(name, "").strip() or default


def _sample() -> str:
    """The sample that runs: as a module or by its path, a file or a folder; else the first one."""
    file = getattr(sys.modules["__main__"], "__file__", None)  # a shell and a notebook have none
    if not file or not (path := Path(file).resolve()).is_relative_to(SAMPLES):
        return "to_person"
    path = path.parent if path.stem == "__main__" else path.with_suffix("")
    sdk = path.relative_to(SAMPLES).parts[0]
    return f"{sdk}/{path.name}" if sdk.endswith("_sdk") else path.name
