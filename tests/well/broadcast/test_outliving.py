"""A worker begins again when its database was away, and ends when that is damaged."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from procrastinate.exceptions import ConnectorException
from sqlalchemy.exc import OperationalError, ProgrammingError

from samples.well.broadcast import workers

REFUSED = psycopg.OperationalError("connection refused\nIs the server running?")


async def test_a_worker_says_what_it_lost_and_begins_again_until_the_database_is_damaged(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged = ProgrammingError("SELECT", None, psycopg.errors.UndefinedColumn("no column"))
    ends = iter(
        [
            None,
            ConnectorException("no connection"),
            REFUSED,
            OperationalError("SELECT 1", None, REFUSED),
            damaged,
        ]
    )
    made: list[object] = []

    def make() -> Any:
        made.append(object())
        return made[-1]

    async def work(*_: Any) -> None:
        if error := next(ends):
            raise error

    monkeypatch.setattr(workers, "HEARTBEAT", 0)
    monkeypatch.setattr(workers, "_work", work)
    with pytest.raises(ProgrammingError, match="no column"):
        await workers._outlive(make, None)
    again = "The database does not answer; next attempt in 0 s: "
    lines = capsys.readouterr().err.splitlines()
    assert all(line.startswith(again) for line in lines)
    assert [line.removeprefix(again) for line in lines] == [
        "the queue ended",
        "no connection",
        "connection refused",
        "(psycopg.OperationalError) connection refused",
    ]
    assert len(made) == 5  # a queue whose database was away is not used again
    assert next(ends, "none left") == "none left"
