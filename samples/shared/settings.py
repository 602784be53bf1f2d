"""Read a sample's environment variables. An empty variable is an unset one."""

from __future__ import annotations

import os
import sys
from pathlib import Path

SAMPLES = Path(__file__).resolve().parents[1]


def setting(name: str) -> str:
    """The value of an environment variable that a sample requires.

    Raises:
        SystemExit: the variable is missing; the message says how to run without a tenant.
    """
    if value := optional_setting(name):
        return value
    raise SystemExit(
        f"{name} is not set. To run without a tenant: python -m samples run {_sample()}"
    )


def optional_setting(name: str, default: str = "") -> str:
    """The value of an environment variable, or a default where it is unset, empty or blank.

    Spaces and line ends around a value are removed: they come from a file or a form by accident.
    """
    return os.environ.get(name, "").strip() or default


def _sample() -> str:
    """The name of the running sample, started as a module or by its path; else `to_person`."""
    file = getattr(sys.modules["__main__"], "__file__", None)  # a shell and a notebook have none
    if not file or not (path := Path(file).resolve()).is_relative_to(SAMPLES):
        return "to_person"
    path = path.parent if path.stem == "__main__" else path.with_suffix("")
    sdk = path.relative_to(SAMPLES).parts[0]
    return f"{sdk}/{path.name}" if sdk.endswith("_sdk") else path.name
