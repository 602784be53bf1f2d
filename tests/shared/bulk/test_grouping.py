"""What is recorded in one transaction is told to each attempt that still waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from samples.shared.bulk import grouping
from samples.shared.bulk.grouping import Records
from samples.shared.bulk.rows import Finish, Recipient, Start
from tests.support.draining import Make, row

FULL = OperationalError("UPDATE", None, Exception("database or disk is full"))


@pytest.fixture(autouse=True)
def no_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A group is what comes in one turn of the event loop."""
    monkeypatch.setattr(grouping, "MOMENT", 0)


async def in_one_group(records: Records, gone: Recipient, stays: Recipient) -> bool:
    """Start two attempts, and cancel the first while it waits."""
    going = asyncio.create_task(records.start(gone, {}))
    staying = asyncio.create_task(records.start(stays, {}))
    asyncio.get_running_loop().call_soon(going.cancel)
    with pytest.raises(asyncio.CancelledError):
        await going
    return await staying


async def test_an_attempt_that_is_cancelled_meanwhile_does_not_keep_another_waiting(
    tenant: Make,
) -> None:
    contoso = tenant(2)
    records = Records(contoso.outbox)
    assert await in_one_group(records, row(contoso, 0), row(contoso, 1))
    assert contoso.outbox.counts("party") == {"started": 2}  # the first one is in doubt


async def test_nor_does_it_hide_that_nothing_was_recorded(
    tenant: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    contoso = tenant(2)

    def record(_: Sequence[Start | Finish]) -> list[bool]:
        raise FULL

    monkeypatch.setattr(contoso.outbox, "record", record)
    with pytest.raises(OperationalError, match="disk is full"):
        await in_one_group(Records(contoso.outbox), row(contoso, 0), row(contoso, 1))
    assert contoso.outbox.counts("party") == {"waiting": 2}


async def test_when_the_program_ends_before_it_is_recorded_the_request_does_not_leave(
    tenant: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    contoso = tenant(1)
    records = Records(contoso.outbox)

    async def in_thread(*_: Any) -> list[bool]:
        raise asyncio.CancelledError

    monkeypatch.setattr(contoso.outbox, "in_thread", in_thread)
    with pytest.raises(asyncio.CancelledError):
        await records.start(row(contoso), {})
    assert contoso.outbox.counts("party") == {"waiting": 1}
