"""What a sample reads from its environment. An empty variable counts as one that is not set."""

from __future__ import annotations

import os
import sys


def setting(name: str) -> str:
    """The value of an environment variable that a sample cannot do without.

    Raises:
        SystemExit: the variable is missing; the message says how to run without a tenant.
    """
    if value := optional_setting(name):
        return value
    spec = sys.modules["__main__"].__spec__
    sample = spec.name.removeprefix("samples.").removesuffix(".__main__") if spec else "to_person"
    raise SystemExit(
        f"{name} is not set. To run without a tenant: python -m samples.local_teams run {sample}"
    )


def optional_setting(name: str, default: str = "") -> str:
    """The value of an environment variable, or a default where it is not set, empty or blank.

    Spaces and line ends around a value go: they come from a file or a form, and are never meant.
    """
    return os.environ.get(name, "").strip() or default
