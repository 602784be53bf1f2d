"""SQLite does not wait for the disk in tests, which open hundreds of databases.

A killed process loses nothing by that, only a power cut does
(sqlite.org/pragma.html#pragma_synchronous).
"""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import Engine, event


def leave_it_to_the_system() -> None:
    """From now on, in this process."""
    event.listen(Engine, "connect", _leave)


def _leave(connection: Any, record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous=OFF")
