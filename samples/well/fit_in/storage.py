"""Keep the state of conversations in a SQL database, so that it outlives a restart."""

from __future__ import annotations

import asyncio
from typing import Any

import jsonpickle  # type: ignore[import-untyped]
from botbuilder.core import Storage
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from samples.shared.database import open_database


class _Base(DeclarativeBase):
    pass


class _State(_Base):
    __tablename__ = "state"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class SqlStorage(Storage):
    """Stores state in a database. The SDK's MemoryStorage loses it when the process ends."""

    def __init__(self, url: str) -> None:
        self._engine = open_database(url, _Base.metadata)

    async def read(self, keys: list[str]) -> dict[str, Any]:
        return await asyncio.to_thread(self._read, keys)

    async def write(self, changes: dict[str, Any]) -> None:
        await asyncio.to_thread(self._replace, list(changes), changes)

    async def delete(self, keys: list[str]) -> None:
        await asyncio.to_thread(self._replace, list(keys), {})

    def _read(self, keys: list[str]) -> dict[str, Any]:
        with self._engine.connect() as connection:
            found = connection.execute(select(_State).where(_State.key.in_(keys)))
            # Decoding creates objects of any class that the text names: only the bot may write to
            # this table.
            return {row.key: jsonpickle.decode(row.value) for row in found}

    def _replace(self, keys: list[str], values: dict[str, Any]) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(_State).where(_State.key.in_(keys)))
            for key, value in values.items():
                connection.execute(insert(_State).values(key=key, value=jsonpickle.encode(value)))
