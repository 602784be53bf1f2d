"""Pause, cancel, Ctrl+C, a full disk, kill -9: nobody is lost."""

from __future__ import annotations

import asyncio
import csv
import io
import os
import random
import signal
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from samples.local_teams.model.faults import Fault
from samples.local_teams.model.limits import Limits
from samples.local_teams.testing import LocalTeams
from samples.runner.recording import ticking
from samples.shared.bulk.drain import AT_ONCE, REFUSED
from samples.shared.bulk.message import Message
from samples.shared.bulk.outbox import Outbox
from samples.shared.bulk.report import write_csv
from samples.shared.bulk.rows import Finish, Start
from samples.well.broadcast.terminal import interrupts
from tests.support import ROOT
from tests.support.broadcasting import (
    ADA,
    GRACE,
    Broadcast,
    cards,
    know,
    process,
)
from tests.support.crowd import crowd, environment, got, remember
from tests.support.waiting import DEADLINE, eventually


def test_pause_and_cancel_from_elsewhere(teams: LocalTeams, broadcast: Broadcast) -> None:
    know(teams, ADA, GRACE)
    text = Message((ROOT / "samples/well/broadcast/notice.json").read_text("utf-8")).text
    outbox = Outbox()
    outbox.add("move", text, [])
    assert broadcast("pause", "move").out == "move: 0 are not written to.\n"
    assert outbox.job_state("move") == "paused"
    assert broadcast("send", "move").out == "move: 2 sent\n"  # and so it goes on
    assert broadcast("cancel", "move").status == 0
    assert "was cancelled: give this a new name" in broadcast("send", "move").err
    outbox.close()


def test_two_at_once_send_nothing_twice(teams: LocalTeams, broadcast: Broadcast) -> None:
    know(teams, ADA)
    outbox = Outbox()
    with outbox.exclusive("elsewhere"):
        lock = f"{os.environ['OUTBOX_URL'].removeprefix('sqlite:///')}"
        assert f"Another process works on {lock}." in broadcast("send", "move").err
    assert cards(teams, ADA) == []
    outbox.close()


def test_a_disabled_bot_stops_it_and_it_goes_on_later(
    teams: LocalTeams, broadcast: Broadcast
) -> None:
    know(teams, *range(REFUSED))
    teams.world.disabled_by_admin = True
    result = broadcast("send", "move")
    assert result.status == 75
    assert "Stopped. Not sent. Teams answered 403 BotDisabledByAdmin" in result.err
    assert result.err.endswith("To go on: python -m samples.well.broadcast send move\n")
    teams.world.disabled_by_admin = False
    assert broadcast("send", "move").out == f"move: {REFUSED} sent\n"


def test_a_full_disk_is_told_and_gone_on_with(
    teams: LocalTeams, broadcast: Broadcast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite may not grow any more; what was sent is not lost, and the rest is named."""
    know(teams, ADA, GRACE)
    real = Outbox.record

    def full(self: Outbox, changes: Sequence[Start | Finish]) -> list[bool]:
        if isinstance(changes[0], Start):
            return real(self, changes)
        with self._engine.begin() as db:
            pages = db.exec_driver_sql("PRAGMA page_count").scalar_one()
            db.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
            db.exec_driver_sql(f"UPDATE outbox_jobs SET content = '{'x' * 100_000}'")
        return []

    monkeypatch.setattr(Outbox, "record", full)
    result = broadcast("send", "move", "--at-once", "1")
    assert result.status == 75
    assert "Stopped: the database says database or disk is full." in result.err
    assert "Traceback" not in result.err
    monkeypatch.setattr(Outbox, "record", real)
    result = broadcast("send", "move")
    assert result.status == 0 and result.out.startswith(
        "move: 2 sent\nSent, perhaps twice: 1 x inter"
    )


def test_a_damaged_outbox_is_named_and_not_tried_again(
    teams: LocalTeams, broadcast: Broadcast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when that shows only while it sends: a scheduler repeats what ends with 75."""
    know(teams, ADA, GRACE)

    def damaged(self: Outbox, changes: Sequence[Start | Finish]) -> list[bool]:
        with self._engine.begin() as db:
            db.exec_driver_sql("DROP TABLE outbox_recipients")
        return real(self, changes)

    real = Outbox.record
    monkeypatch.setattr(Outbox, "record", damaged)
    result = broadcast("send", "move")
    assert result.status == 1
    assert "no such table: outbox_recipients. Its tables are not those of this" in result.err
    assert "To go on" not in result.err and "Traceback" not in result.err


def test_killed_twice_nobody_is_lost_and_who_may_have_got_it_twice_is_named(
    tmp_path: Path,
) -> None:
    """Each time with messages on their way. `make bench` does it twenty times, with 3,000."""
    world = crowd(150, clock=ticking())
    luck = random.Random(6)
    with LocalTeams(world):
        environ = environment(world, tmp_path)
        remember(world, environ["CONVERSATIONS_URL"])
        world.faults.append(Fault(delay=0.1, times=0))
        in_doubt = 0
        for _ in range(2):
            before, more = got(world).total(), luck.randint(8, 20)
            sending = process(environ, "send", "move")
            eventually(lambda before=before, more=more: got(world).total() >= before + more)
            sending.kill()
            sending.communicate()
            outbox = Outbox(environ["OUTBOX_URL"])
            started = outbox.counts("move").get("started", 0)
            outbox.close()
            assert 0 < started <= AT_ONCE
            in_doubt += started
        sending = process(environ, "send", "move")
        out, _ = sending.communicate(timeout=DEADLINE)
    assert sending.returncode == 0 and out.startswith("move: 150 sent\n")
    everybody = got(world)
    assert min(everybody.values()) == 1
    twice = {name for name, number in everybody.items() if number > 1}
    outbox, table = Outbox(environ["OUTBOX_URL"]), io.StringIO()
    write_csv(outbox, "move", table)
    outbox.close()
    named = {row["name"] for row in csv.DictReader(table.getvalue().splitlines())}
    assert twice <= named and len(named) <= in_doubt
    assert everybody.total() - 150 <= in_doubt


def test_ctrl_c_lets_arrive_what_is_on_its_way_and_says_how_to_go_on(tmp_path: Path) -> None:
    world = crowd(300, clock=ticking())  # at most 50 a second: five seconds to be stopped in
    with LocalTeams(world) as teams:
        environ = environment(world, tmp_path)
        remember(world, environ["CONVERSATIONS_URL"])
        world.limits = Limits(lambda: datetime.now(UTC))
        sending = process(environ, "send", "move")
        eventually(lambda: got(world).total() >= 20)
        sending.send_signal(signal.SIGINT)
        out, err = sending.communicate(timeout=DEADLINE)
        assert sending.returncode == 75
        assert "Stopping: what is on its way arrives." in err
        assert err.endswith("To go on: python -m samples.well.broadcast send move\n")
        sent = got(world).total()
        assert 20 <= sent < 300 and out == f"move: {sent} sent, {300 - sent} waiting\n"
    assert set(got(world).values()) == {0, 1}
    assert all(exchange.response.status == 201 for exchange in teams.wire)


async def test_the_second_ctrl_c_ends_it_at_once() -> None:
    before = signal.getsignal(signal.SIGINT)
    with interrupts() as stop:
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.wait_for(stop.wait(), DEADLINE)
        assert signal.getsignal(signal.SIGINT) == before
    assert signal.getsignal(signal.SIGINT) == before
