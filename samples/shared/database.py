"""Open a SQL database, bring its tables up to this version, and say when it is damaged for good."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from typing import Any

from sqlalchemy import URL, Engine, MetaData, create_engine, inspect, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.schema import CreateColumn

from samples.shared.printing import first_line

CORRUPT = sqlite3.SQLITE_CORRUPT
# What waiting does not mend, by the result code of SQLite (sqlite.org/rescode.html) ...
_SQLITE = {
    CORRUPT: "Restore a copy of it.",
    sqlite3.SQLITE_NOTADB: "Name a SQLite database, or a file that does not exist yet.",
    sqlite3.SQLITE_CANTOPEN: "Its folder must exist, and this account must be able to write there.",
    sqlite3.SQLITE_READONLY: "This account must be able to write the file, and in its folder.",
    sqlite3.SQLITE_PERM: "This account must be able to write the file, and in its folder.",
    sqlite3.SQLITE_AUTH: "This account must be able to write the file, and in its folder.",
    sqlite3.SQLITE_ERROR: "Its tables are not those of this program: name another database.",
}
# ... by the class of PostgreSQL's error code (appendix A of its manual) ...
_POSTGRESQL = {
    "28": "Check the user and the password in its URL.",
    "3D": "Create the database, or name another.",
    "3F": "Its tables are not those of this program: name another database.",
    "42": "Its tables are not those of this program, or the user may not change them.",
}
# ... and by what a refused connection says, which has no code.
_REFUSED = {"authentication failed": "28", "pg_hba.conf": "28", "does not exist": "3D"}


def open_database(url: str, metadata: MetaData) -> Engine:
    """Open a database, and make the tables and columns that it lacks.

    Args:
        url: of the database, as SQLAlchemy writes it.
        metadata: of the tables, for example `Base.metadata`.

    Raises:
        SystemExit: the URL is wrong, or the database is damaged for good; the message says what to
            do.
        DBAPIError: the database cannot be opened or changed for now.
    """
    where = database_url(url)
    # SQLite lets one process write at a time; the others wait, at most so many seconds.
    sqlite = where.get_backend_name() == "sqlite"
    engine = make_engine(where, connect_args={"timeout": 30} if sqlite else {})
    make_tables(engine, metadata)
    return engine


def database_url(url: str) -> URL:
    """The URL of a database.

    Raises:
        SystemExit: it is not one.
    """
    try:
        found = make_url(url)
        found.get_dialect()
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        # The URL may contain a password, and so may the error.
        raise SystemExit(
            "The URL of the database is not one that SQLAlchemy reads. Write, for example, "
            "sqlite:///conversations.db or postgresql+psycopg://user@host/database"
        ) from error
    return found


def make_engine(url: URL, **options: Any) -> Engine:
    """Make the engine of a database; a SQLite file that is new can be read by its owner alone.

    Raises:
        SystemExit: the library for this kind of database is not installed, or SQLite has no file.
    """
    if url.get_backend_name() == "sqlite":
        if url.database in (None, "", ":memory:"):  # each thread would have one of its own
            raise SystemExit(
                "The URL of the database names no file. Write, for example, "
                "sqlite:///conversations.db"
            )
        with suppress(OSError):  # SQLite says what is wrong
            os.close(os.open(str(url.database), os.O_CREAT | os.O_RDWR, 0o600))
    try:
        return create_engine(url, **options)
    except ModuleNotFoundError as error:
        raise SystemExit(
            f"{url.drivername} needs a library that is not installed: pip install {error.name}"
        ) from error


def damage(error: DBAPIError | UnicodeDecodeError) -> str:
    """What to do about a database that is damaged for good; empty when the next attempt may work.

    Locked, full and away are not for good.
    """
    reason = getattr(error, "orig", error)
    if "decode" in str(reason):  # a name or a text that is not UTF-8 any more
        return f"The database cannot be used: {first_line(reason)}. {_SQLITE[CORRUPT]}"
    assert isinstance(error, DBAPIError)
    if isinstance(error.orig, sqlite3.Error):
        code = getattr(error.orig, "sqlite_errorcode", None)
        remedy = _SQLITE.get(code & 0xFF) if code else None  # above are details
    else:
        code = getattr(error.orig, "sqlstate", None)
        text = str(error.orig)
        kind = code[:2] if code else next((k for t, k in _REFUSED.items() if t in text), "")
        remedy = _POSTGRESQL.get(kind)
    return f"The database cannot be used: {first_line(error.orig)}. {remedy}" if remedy else ""


def make_tables(engine: Engine, metadata: MetaData) -> None:
    """Make the tables that are missing, and add the columns that an older version did not have.

    A column that is added to a table needs a `server_default`, or must be nullable.

    Raises:
        SystemExit: the database is damaged for good; the message says what to do.
        DBAPIError: the database cannot be changed for now.
    """
    try:
        try:
            _make_tables(engine, metadata)
        except DBAPIError:  # another process made them at the same moment
            _make_tables(engine, metadata)
    except (DBAPIError, UnicodeDecodeError) as error:
        if remedy := damage(error):
            name = engine.url.render_as_string(hide_password=True)
            raise SystemExit(f"{name}: {remedy}") from error
        raise


def _make_tables(engine: Engine, metadata: MetaData) -> None:
    metadata.create_all(engine)
    for table in metadata.sorted_tables:
        known = {column["name"] for column in inspect(engine).get_columns(table.name)}
        lacking = [column for column in table.columns if column.name not in known]
        for column in lacking:
            if not column.nullable and column.server_default is None:
                name = engine.url.render_as_string(hide_password=True)
                raise SystemExit(
                    f"{name}: its table {table.name} has no column {column.name}, so another "
                    "program made it. Name another database."
                )
        for column in lacking:
            added = CreateColumn(column).compile(dialect=engine.dialect)
            with engine.begin() as connection:
                connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {added}")
