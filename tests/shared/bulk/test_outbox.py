"""Nobody is lost, whatever happens between two writes; on both databases."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData, event
from sqlalchemy.exc import DBAPIError, OperationalError

from samples.shared.bulk import outbox as module
from samples.shared.bulk.locks import Busy
from samples.shared.bulk.outbox import Outbox
from samples.shared.bulk.rows import Finish, New, Outcome, Recipient, Start
from tests.support import ROOT
from tests.support.waiting import eventually

T = "7f0fb1c6-0000-4000-8000-000000000000"
DONE = Outcome("done", "1")


@pytest.fixture
def outbox(any_database: str) -> Iterator[Outbox]:
    made = Outbox(any_database, clock=lambda: 1000.0)
    yield made
    made.close()


def people(number: int, tenant_id: str = T) -> Iterator[New]:
    return (New(tenant_id, f"a:{one}", f"Person {one}", {"n": one}) for one in range(number))


def first(outbox: Outbox, job: str = "party") -> Recipient:
    return outbox.due(job, T)[0][0]


def later(outbox: Outbox, seconds: float) -> None:
    outbox.clock = lambda: 1000.0 + seconds


# -- adding ----------------------------------------------------------------------------------------


def test_each_recipient_is_added_once_however_often_the_job_is_asked_for(outbox: Outbox) -> None:
    outbox.add("party", "cake", people(3))
    one = first(outbox)
    assert outbox.start(one, one.data)
    outbox.finish(one, DONE, one.data)
    outbox.add("party", "cake", people(5))
    assert outbox.counts("party") == {"done": 1, "waiting": 4}
    assert outbox.left("party") == 4


def test_when_one_of_them_is_wrong_none_is_added(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHUNK", 2)

    def wrong() -> Iterator[New]:
        yield from people(5)
        raise ValueError("line 6 is wrong")

    with pytest.raises(ValueError, match="line 6"):
        outbox.add("party", "cake", wrong())
    assert outbox.counts("party") == {}
    with pytest.raises(LookupError, match="There is no 'party' in the outbox"):
        outbox.content("party")


def test_a_job_cannot_change_what_it_says_under_way(outbox: Outbox) -> None:
    outbox.add("party", "cake", people(1))
    with pytest.raises(ValueError, match="'party' was begun with another message"):
        outbox.add("party", "no cake", people(2))
    assert outbox.content("party") == "cake"
    assert outbox.counts("party") == {"waiting": 1}


def test_another_name_is_answered_with_those_there_are(outbox: Outbox) -> None:
    outbox.add("party", "cake", [])
    outbox.add("move", "boxes", [])
    for ask in (outbox.content, lambda job: outbox.set_job_state(job, "paused")):
        with pytest.raises(LookupError, match=r"no 'pratty' in the outbox. There are: move, party"):
            ask("pratty")


# -- one attempt -----------------------------------------------------------------------------------


def test_from_waiting_to_done(outbox: Outbox) -> None:
    outbox.add("party", "cake", people(1))
    [one], wait = outbox.due("party", T)
    assert (one.name, one.data, one.attempts, wait) == ("Person 0", {"n": 0}, 0, 0.0)
    assert outbox.start(one, {"n": 7})
    assert outbox.counts("party") == {"started": 1}
    assert outbox.due("party", T) == ([], None)
    assert not outbox.start(one, one.data)  # by nobody a second time
    outbox.finish(one, DONE, {"n": 7})
    [done] = outbox.recipients("party")
    assert (done.state, done.detail, done.data, done.attempts) == ("done", "1", {"n": 7}, 1)


def test_a_repeat_is_due_when_its_time_has_come(outbox: Outbox) -> None:
    outbox.add("party", "cake", people(1))
    one = first(outbox)
    again = Outcome("waiting", "502 ServiceError", "retry", unsure=True, wait=30)
    outbox.start(one, one.data)
    outbox.finish(one, again, one.data)
    assert outbox.due("party", T) == ([], 30.0)
    later(outbox, 31)
    assert first(outbox).attempts == 1
    assert first(outbox).doubt == "502 ServiceError"
    outbox.finish(one, Outcome("waiting", "429", counts=False), one.data)
    assert first(outbox).attempts == 1
    assert first(outbox).doubt == "502 ServiceError"  # what may have arrived stays so


def test_the_longest_due_come_first_and_at_most_so_many(outbox: Outbox) -> None:
    outbox.add("party", "cake", people(4))
    one = first(outbox)
    outbox.finish(one, Outcome("waiting", "", wait=1), one.data)
    later(outbox, 2)
    assert [found.id for found in outbox.due("party", T)[0]] == ["a:1", "a:2", "a:3", "a:0"]
    assert [found.id for found in outbox.due("party", T, limit=2)[0]] == ["a:1", "a:2"]


def test_tenants_are_apart(outbox: Outbox) -> None:
    outbox.add("party", "cake", [*people(2), *people(3, "other")])
    assert outbox.tenants("party") == [T, "other"]
    assert len(outbox.due("party", "other")[0]) == 3
    for one in outbox.due("party", T)[0]:
        outbox.finish(one, DONE, one.data)
    assert outbox.tenants("party") == ["other"]


# -- pausing and canceling -------------------------------------------------------------------------


def test_a_paused_job_starts_nothing_and_goes_on_where_it_was(outbox: Outbox) -> None:
    outbox.add("party", "cake", people(3))
    one, two, _ = outbox.due("party", T)[0]
    outbox.start(one, one.data)
    assert outbox.set_job_state("party", "paused") == 2
    assert outbox.job_state("party") == "paused"
    assert not outbox.start(two, two.data)
    assert outbox.due("party", T) == ([], None)
    outbox.finish(one, Outcome("waiting", "412"), one.data)
    assert outbox.set_job_state("party", "running") == 3
    assert len(outbox.due("party", T)[0]) == 3


def test_what_is_canceled_stays_so(outbox: Outbox) -> None:
    outbox.add("party", "cake", people(3))
    one, two, _ = outbox.due("party", T)[0]
    outbox.start(one, one.data)
    outbox.start(two, two.data)
    assert outbox.set_job_state("party", "cancelled") == 1
    outbox.finish(one, DONE, one.data)  # it was on its way
    outbox.finish(two, Outcome("waiting", "412"), two.data)  # nor is it sent again
    assert outbox.counts("party") == {"done": 1, "cancelled": 2}
    assert outbox.set_job_state("party", "cancelled") == 0
    for again in (
        lambda: outbox.set_job_state("party", "running"),
        lambda: outbox.add("party", "cake", people(9)),
    ):
        with pytest.raises(ValueError, match="'party' was cancelled: give this a new name"):
            again()


def test_those_who_failed_for_a_reason_that_is_mended_wait_again(outbox: Outbox) -> None:
    outbox.add("party", "cake", people(3))
    for one, action in zip(outbox.due("party", T)[0], ("install", "forget", "fix"), strict=True):
        outbox.finish(one, Outcome("failed", "403", action), one.data)
    assert outbox.retry_failed("party", ["install", "fix"]) == 2
    assert [one.id for one in outbox.due("party", T)[0]] == ["a:0", "a:2"]
    assert [one.attempts for one in outbox.due("party", T)[0]] == [0, 0]


# -- crashes ---------------------------------------------------------------------------------------


def test_what_a_crash_left_is_sent_again_and_named(outbox: Outbox) -> None:
    outbox.add("party", "cake", people(2))
    one = first(outbox)
    outbox.start(one, one.data)
    assert outbox.recover("party", T, "send again") == 1
    [again, _] = outbox.due("party", T)[0]
    assert (again.id, again.doubt, again.attempts) == ("a:0", module.INTERRUPTED, 1)


def test_or_it_is_left_and_named(outbox: Outbox) -> None:
    outbox.add("party", "cake", people(2))
    one = first(outbox)
    outbox.start(one, one.data)
    assert outbox.recover("party", T, "leave") == 1
    assert outbox.counts("party") == {"unsure": 1, "waiting": 1}


HOLDER = """
import sys
from samples.shared.bulk.outbox import Outbox
with Outbox(sys.argv[1]).exclusive("contoso"):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_a_tenant_is_held_as_long_as_the_process_lives(outbox: Outbox, any_database: str) -> None:
    """Also a killed one gives it up at once: what holds it is a connection, or a file's lock."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, any_database],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout and holder.stdout.readline() == "held\n"
        with pytest.raises(Busy, match="Another process works on"), outbox.exclusive("contoso"):
            pass
        holder.kill()
        holder.wait()

        def free() -> bool:
            """PostgreSQL sees a moment later that the connection is gone."""
            try:
                with outbox.exclusive("contoso") as held:
                    held()
            except Busy:
                return False
            return True

        assert eventually(free)


def test_two_tenants_are_held_side_by_side_and_none_twice(outbox: Outbox) -> None:
    with outbox.exclusive("contoso"), outbox.exclusive("fabrikam") as held:
        with (
            pytest.raises(Busy, match=r"contoso is being worked on\."),
            outbox.exclusive("contoso"),
        ):
            pass
        held()
        other = Outbox(outbox.url.render_as_string(hide_password=False))
        for tenant in ("contoso", "fabrikam", "contoso"):  # also on a connection it has already
            with pytest.raises(Busy, match="Another process works on"), other.exclusive(tenant):
                pass
        other.close()
    with outbox.exclusive("contoso"):
        pass


# -- the database ----------------------------------------------------------------------------------


def test_a_full_disk_is_told_and_nothing_is_half_added(tmp_path: Path) -> None:
    outbox = Outbox(f"sqlite:///{tmp_path}/outbox.db")
    outbox.add("party", "cake", people(10))
    with outbox._engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def small_disk(connection: Any, _: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")

    event.listen(outbox._engine, "connect", small_disk)
    outbox._engine.dispose()
    with pytest.raises(OperationalError, match="database or disk is full"):
        outbox.add("move", "boxes", people(5_000))
    assert outbox.counts("move") == {}
    assert outbox.counts("party") == {"waiting": 10}
    outbox.close()


def test_the_tables_that_another_process_makes_at_the_same_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = MetaData.create_all, []

    def too_late(self: MetaData, bind: Any, **options: Any) -> None:
        calls.append(bind)
        real(self, bind, **options)
        if len(calls) == 1:
            real(self, bind, checkfirst=False)  # the tables are there by now

    monkeypatch.setattr(MetaData, "create_all", too_late)
    outbox = Outbox(f"sqlite:///{tmp_path}/outbox.db")
    outbox.add("party", "cake", people(1))
    assert len(calls) == 2 and outbox.left("party") == 1
    outbox.close()


def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(ValueError, match=r"OUTBOX_URL names mysql.*Take SQLite or PostgreSQL"):
        Outbox("mysql+pymysql://bot@host/outbox")


def test_the_address_comes_from_the_environment_or_is_a_file_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OUTBOX_URL", raising=False)
    for name, file in (("", "outbox.db"), (f"sqlite:///{tmp_path}/other.db", "other.db")):
        if name:
            monkeypatch.setenv("OUTBOX_URL", name)
        outbox = Outbox()
        outbox.close()
        assert (tmp_path / file).exists()


# -- clocks ----------------------------------------------------------------------------------------


def test_a_computer_whose_clock_is_set_back_waits_no_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither while the program runs, nor when it starts again."""
    clock = module.steady_clock()
    before = clock()
    monkeypatch.setattr(time, "time", lambda: before - 3600)
    assert before <= clock() < before + 60
    assert module.steady_clock()() < before - 3500


def test_a_wait_stored_while_the_clock_was_ahead_ends(outbox: Outbox) -> None:
    outbox.add("party", "cake", people(2))
    ahead, other = outbox.due("party", T)[0]
    for one, seconds in ((ahead, 2 * 3600.0), (other, 1800.0)):
        assert outbox.start(one, one.data)
        outbox.finish(one, Outcome("waiting", "412", wait=seconds), one.data)
    outbox.recover("party", T, "send again")
    assert [one.id for one in outbox.due("party", T)[0]] == [ahead.id]


def test_a_group_is_stored_as_a_whole_or_not_at_all(outbox: Outbox) -> None:
    outbox.add("party", "cake", people(3))
    one, two, three = outbox.due("party", T)[0]
    assert outbox.record([Start(one, one.data), Start(two, {"n": 7})]) == [True, True]
    assert outbox.record([Finish(one, {}, DONE), Start(two, {}), Start(three, {})]) == [
        True,
        False,
        True,
    ]
    assert outbox.counts("party") == {"done": 1, "started": 2}
    wrong_type: Any = object()
    wrong = Finish(three, {}, Outcome("done", wrong_type))
    with pytest.raises(DBAPIError):
        outbox.record([Finish(two, {}, DONE), wrong])
    assert outbox.counts("party") == {"done": 1, "started": 2}
