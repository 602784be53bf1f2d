"""What a handler may change, and what its failures leave."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy.exc import OperationalError

from samples.shared.bulk.attempt import Attempt
from samples.shared.bulk.rows import Finish, Recipient, Start
from samples.shared.failure import Failure
from tests.support.draining import (
    GATEWAY,
    LATENCY,
    Make,
    ok,
    row,
)


def test_it_can_mend_the_address_and_try_again(tenant: Make) -> None:
    contoso = tenant(1)

    async def do(recipient: Recipient, attempt: Attempt) -> str | Failure:
        await attempt.start()
        if attempt.data["at"] == "x":
            attempt.data["at"] = "y"
            attempt.corrected = True
            return Failure(404, "ConversationNotFound", "Conversation not found.")
        return "1"

    assert contoso.drain(do) == {"done": 1}
    assert (row(contoso).data, row(contoso).attempts) == ({"at": "y"}, 2)


def test_but_not_for_ever(tenant: Make) -> None:
    contoso = tenant(1)

    async def do(recipient: Recipient, attempt: Attempt) -> str | Failure:
        await attempt.start()
        attempt.corrected = True
        return Failure(404, "ConversationNotFound", "Conversation not found.")

    assert contoso.drain(do) == {"failed": 1}


def test_before_it_begins_nothing_is_in_doubt(tenant: Make) -> None:
    """A create that times out can be repeated: no message has left."""
    contoso = tenant(1)
    tries: list[str] = []

    async def do(recipient: Recipient, attempt: Attempt) -> str | Failure:
        await attempt.pace_request()
        tries.append(recipient.id)
        if len(tries) < 3:
            return GATEWAY
        await attempt.start()
        return "1"

    assert contoso.drain(do, if_unsure="leave") == {"done": 1}
    assert row(contoso).doubt == ""


def test_a_fault_in_it_stops_all_and_leaves_the_others_waiting(tenant: Make) -> None:
    contoso = tenant(100)

    async def do(recipient: Recipient, attempt: Attempt) -> str | Failure:
        await attempt.start()
        await asyncio.sleep(LATENCY)
        if recipient.id == "a:1":
            raise KeyError("a mistake")
        return "1"

    with pytest.raises(KeyError, match="a mistake"):
        contoso.drain(do)
    counts = contoso.outbox.counts("party")
    assert counts["started"] == 1 and counts["waiting"] > 60


def test_a_full_disk_stops_all_and_names_whose_outcome_it_did_not_store(
    tenant: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    contoso = tenant(200)
    real = contoso.outbox.record

    def record(changes: Sequence[Start | Finish]) -> list[bool]:
        if contoso.loop.now > 1:
            raise OperationalError("UPDATE", None, Exception("database or disk is full"))
        return real(changes)

    monkeypatch.setattr(contoso.outbox, "record", record)
    with pytest.raises(OperationalError, match="disk is full"):
        contoso.drain(contoso.do(ok))
    monkeypatch.undo()
    asked = contoso.asked.total()
    counts = contoso.outbox.counts("party")
    assert counts["done"] + counts["started"] == asked < 60
    assert contoso.drain(contoso.do(ok)) == {"done": 200}
    twice = {who for who, times in contoso.asked.items() if times > 1}
    named = {one.id for one in contoso.outbox.recipients("party", Recipient.doubt != "")}
    assert twice == named and len(twice) == counts["started"]
