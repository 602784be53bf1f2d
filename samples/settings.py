"""Read what a sample needs from the environment; what is missing is named, with the remedy."""

import os
import sys
from pathlib import Path

SAMPLES = Path(__file__).resolve().parent


def setting(name: str) -> str:
    """The value of an environment variable that a sample cannot do without.

    Raises:
        SystemExit: the variable is missing; the message says how to run without a tenant.
    """
    if value := os.environ.get(name):
        return value
    raise SystemExit(
        f"{name} is not set. To run without a tenant: python -m samples.local_teams run {_sample()}"
    )


def _sample() -> str:
    """The sample that runs: as a module or by its path, a file or a folder; else the first one."""
    file = getattr(sys.modules["__main__"], "__file__", None)  # a shell and a notebook have none
    if not file or not (path := Path(file).resolve()).is_relative_to(SAMPLES):
        return "to_person"
    parts = path.relative_to(SAMPLES).with_suffix("").parts
    return ".".join(part for part in parts if part != "__main__")
