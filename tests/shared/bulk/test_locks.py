"""A lock ends with its connection, and the next one has a connection of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import DBAPIError, OperationalError

from samples.shared.bulk.locks import Busy, Locks

CUT = (  # and wait until each is gone
    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
    "WHERE pid <> pg_backend_pid() AND datname = current_database()"
)


@pytest.fixture
def lock_engine(database: str) -> Iterator[Engine]:
    engine = create_engine(database, pool_pre_ping=True)
    yield engine
    engine.dispose()


def cut_connections(database: str) -> None:
    engine = create_engine(database, isolation_level="AUTOCOMMIT")
    with engine.connect() as db:
        db.exec_driver_sql(CUT)
    engine.dispose()


def test_to_release_a_lock_that_was_lost_is_no_error(database: str, lock_engine: Engine) -> None:
    locks = Locks(lock_engine)
    locks.acquire("contoso")
    cut_connections(database)
    locks.release("contoso")
    locks.acquire("contoso")
    locks.check()
    locks.release("contoso")


def test_no_lock_is_given_on_a_connection_that_was_lost(database: str, lock_engine: Engine) -> None:
    locks = Locks(lock_engine)
    locks.acquire("contoso")
    cut_connections(database)
    with pytest.raises(DBAPIError):
        locks.acquire("fabrikam")
    with pytest.raises(Busy, match="locks with it"):
        locks.check()
    locks.release("contoso")
    locks.acquire("fabrikam")
    locks.check()
    locks.release("fabrikam")


def test_no_lock_is_given_while_the_database_does_not_answer() -> None:
    locks = Locks(create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing"))
    for _ in range(2):  # a name that was not locked can be asked for again
        with pytest.raises(OperationalError):
            locks.acquire("contoso")
