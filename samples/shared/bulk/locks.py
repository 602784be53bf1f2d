"""Give a tenant to one process at a time, as long as that process lives and no longer."""

from __future__ import annotations

import sqlite3
import threading
from typing import Any

from sqlalchemy import ColumnElement, Engine, func, select
from sqlalchemy.exc import SQLAlchemyError


class Busy(Exception):
    """Somebody else works on it."""


class Locks:
    """The locks that this process has in the database, on one connection: they end with it.

    Args:
        engine: of the database, SQLite or PostgreSQL. In SQLite there is one lock for all names,
            the lock of a file beside the database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._sqlite = engine.url.get_backend_name() == "sqlite"
        self._names: set[str] = set()
        self._connection: Any = None
        self._one_at_a_time = threading.Lock()

    def acquire(self, name: str) -> None:
        """Lock a name.

        Raises:
            Busy: somebody else has the lock.
        """
        with self._one_at_a_time:
            # PostgreSQL grants a lock again to the connection that has it.
            if name in self._names:
                raise Busy(f"{name} is being worked on.")
            if self._names and self._connection is None:
                raise Busy("Other work ends first: its locks were lost with the connection.")
            try:
                if self._sqlite:
                    self._lock_file(name)
                else:
                    self._lock_advisory(name)
            except SQLAlchemyError:
                self._drop_connection()  # a lost one stays lost
                raise
            self._names.add(name)

    def check(self) -> None:
        """Raise unless the connection lives, and with it the locks.

        Raises:
            Busy, DBAPIError, sqlite3.Error: it does not.
        """
        with self._one_at_a_time:
            if self._connection is None:
                raise Busy("The connection to the database was lost, and the locks with it.")
            if self._sqlite:
                self._connection.execute("SELECT 1")
                return
            try:
                self._connection.execute(select(1))
            except SQLAlchemyError:
                self._drop_connection()
                raise

    def release(self, name: str) -> None:
        """Unlock a name that this process has locked, unless the lock is lost already."""
        with self._one_at_a_time:
            self._names.remove(name)
            if self._connection is None:
                return
            try:
                if not self._sqlite:
                    self._connection.execute(select(func.pg_advisory_unlock(_key(name))))
            except SQLAlchemyError:
                self._drop_connection()  # the next lock is on a connection of its own
            else:
                if not self._names:
                    self._drop_connection()

    def _drop_connection(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _lock_file(self, name: str) -> None:
        if self._names:
            return
        # A second file, because a lock on the first would keep everybody from reading it.
        connection = sqlite3.connect(
            f"{self._engine.url.database}.lock", timeout=0, check_same_thread=False
        )
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            connection.close()
            raise Busy(f"Another process works on {self._engine.url.database}.") from None
        self._connection = connection

    def _lock_advisory(self, name: str) -> None:
        if self._connection is None:
            connection = self._engine.connect()
            self._connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            # When a machine is cut off, the server would otherwise notice after two hours, and
            # keep the lock until then.
            for setting, value in (("idle", 10), ("interval", 5), ("count", 3)):
                self._connection.exec_driver_sql(f"SET tcp_keepalives_{setting} = {value}")
        if not self._connection.scalar(select(func.pg_try_advisory_lock(_key(name)))):
            raise Busy(f"Another process works on {name}.")


def _key(name: str) -> ColumnElement[int]:
    """Make a number of a name: PostgreSQL's advisory locks are numbered."""
    return func.hashtextextended(f"outbox {name}", 0)
