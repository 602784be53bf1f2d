"""The packages that sign-in needs beyond those of Local Teams: the extra `sign-in`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def from_extra() -> Iterator[None]:
    """Around the import of such a package: name the extra when the package is missing.

    Raises:
        ModuleNotFoundError: the package is missing; the message says what to install.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"Sign-in needs the package {error.name}, which is not installed. Install Local Teams "
            'with its extra sign-in: pip install "../<this repository>[sign-in]"',
            name=error.name,
        ) from error
