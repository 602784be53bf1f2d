"""Open a SQL database, and bring its tables up to this version of the program."""

from __future__ import annotations

from sqlalchemy import Engine, MetaData, create_engine, inspect, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateColumn


def open_database(url: str, metadata: MetaData) -> Engine:
    """Open a database, and make the tables and columns that it lacks.

    Args:
        url: of the database, as SQLAlchemy writes it.
        metadata: of the tables, for example `Base.metadata`.

    Raises:
        DBAPIError: the database cannot be opened or changed.
    """
    where = make_url(url)
    # SQLite lets one process write at a time; the others wait, at most so many seconds.
    sqlite = where.get_backend_name() == "sqlite"
    engine = create_engine(where, connect_args={"timeout": 30} if sqlite else {})
    make_tables(engine, metadata)
    return engine


def make_tables(engine: Engine, metadata: MetaData) -> None:
    """Make the tables that are missing, and add the columns that an older version did not have.

    A column that is added to a table needs a `server_default`, or must be nullable.

    Raises:
        DBAPIError: the database cannot be changed.
    """
    try:
        _make_tables(engine, metadata)
    except DBAPIError:  # another process made them at the same moment
        _make_tables(engine, metadata)


def _make_tables(engine: Engine, metadata: MetaData) -> None:
    metadata.create_all(engine)
    for table in metadata.sorted_tables:
        known = {column["name"] for column in inspect(engine).get_columns(table.name)}
        for column in table.columns:
            if column.name not in known:
                added = CreateColumn(column).compile(dialect=engine.dialect)
                with engine.begin() as connection:
                    connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {added}")
