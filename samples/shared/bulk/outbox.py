"""Records who still has to be written to, or have something done for them, in a SQL database."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Integer,
    bindparam,
    case,
    event,
    exists,
    func,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from samples.shared.bulk.locks import Locks
from samples.shared.bulk.rows import Base, Finish, Job, JobState, New, Outcome, Recipient, Start
from samples.shared.database import database_url, make_engine, make_tables
from samples.shared.failing import IfUnsure
from samples.shared.retrying import LONGEST_WAIT
from samples.shared.settings import optional_setting

THREADS = 8  # that write to PostgreSQL, each with a connection
CHUNK = 1_000  # rows in memory at a time
INTERRUPTED = "interrupted"  # the doubt about a row that a crash left started
P = ParamSpec("P")
T = TypeVar("T")


def steady_clock() -> Callable[[], float]:
    """A clock that starts with the computer's and does not jump when that is set."""
    ahead = time.time() - time.monotonic()
    return lambda: ahead + time.monotonic()


class Outbox:
    """Every job and how far it is, in a database that outlives the process.

    Its methods block; a program with an event loop calls them through `in_thread`.

    Args:
        url: of the database, as SQLAlchemy writes it: SQLite, or PostgreSQL for several machines.
            OUTBOX_URL from the environment when empty, else the file outbox.db in this folder.
        clock: returns the time in seconds since 1970; `steady_clock` when None.

    Raises:
        ValueError: the database is neither of the two.
    """

    def __init__(self, url: str = "", *, clock: Callable[[], float] | None = None) -> None:
        self.url = database_url(url or optional_setting("OUTBOX_URL", "sqlite:///outbox.db"))
        self.clock = clock or steady_clock()
        self.embedded = self.url.get_backend_name() == "sqlite"
        if self.embedded:
            self._insert: Any = sqlite.insert
            self._engine = make_engine(self.url, connect_args={"timeout": 30})
            event.listen(self._engine, "connect", _set_up_sqlite)
        elif self.url.get_backend_name() == "postgresql":
            self._insert = postgresql.insert
            # A server or a proxy closes connections that were idle for long.
            self._engine = make_engine(self.url, pool_pre_ping=True)
        else:
            raise ValueError(f"OUTBOX_URL names {self.url}. Take SQLite or PostgreSQL.")
        # SQLite has one writer at a time; more threads would only wait for each other.
        self._threads = ThreadPoolExecutor(1 if self.embedded else THREADS, "outbox")
        self._locks = Locks(self._engine)
        make_tables(self._engine, Base.metadata)

    async def in_thread(self, method: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
        """Call a method in a thread, so that the event loop goes on."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: method(*args, **options))

    def close(self) -> None:
        """Close the connections and end the threads."""
        self._threads.shutdown()
        self._engine.dispose()

    # -- jobs --------------------------------------------------------------------------------------

    def add(self, job: str, content: str, recipients: Iterable[New]) -> None:
        """Add a job with its recipients: all of them, or with an error none.

        Recipients that the job already has stay as they are: add the job again to resume it.

        Raises:
            ValueError: the job exists with another content, or it was cancelled.
        """
        rows = (vars(recipient) | {"job": job} for recipient in recipients)
        with self._engine.begin() as db:
            new = self._insert(Job).values(name=job, content=content)
            db.execute(new.on_conflict_do_nothing())
            known = db.execute(select(Job.content, Job.state).where(Job.name == job)).one()
            if known.content != content:
                raise ValueError(f"{job!r} was begun with another message: give this a new name.")
            if known.state == "cancelled":
                raise ValueError(f"{job!r} was cancelled: give this a new name.")
            insert = self._insert(Recipient).on_conflict_do_nothing()
            while chunk := list(islice(rows, CHUNK)):
                db.execute(insert, chunk)

    def content(self, job: str) -> str:
        """The content of a job.

        Raises:
            LookupError: there is no such job; the message names those there are.
        """
        with self._engine.connect() as db:
            content = db.scalars(select(Job.content).where(Job.name == job)).one_or_none()
            if content is not None:
                return content
            names = db.scalars(select(Job.name).order_by(Job.name)).all()
        raise LookupError(f"There is no {job!r} in the outbox. There are: {', '.join(names)}")

    def set_job_state(self, job: str, state: JobState) -> int:
        """Pause a job, let it run again, or cancel it; return how many recipients still wait.

        Messages in flight arrive; nothing else leaves.

        Raises:
            LookupError: there is no such job.
            ValueError: the job was cancelled, which is final.
        """
        self.content(job)
        waiting = (Recipient.job == job) & (Recipient.state == "waiting")
        with self._engine.begin() as db:
            stays = update(Job).where(Job.name == job, Job.state != "cancelled")
            if not db.execute(stays.values(state=state)).rowcount and state != "cancelled":
                raise ValueError(f"{job!r} was cancelled: give this a new name.")
            if state == "cancelled":
                return db.execute(update(Recipient).where(waiting).values(state=state)).rowcount
            return db.execute(select(func.count()).where(waiting)).scalar_one()

    def job_state(self, job: str) -> JobState:
        """Whether a job is running, paused or cancelled."""
        with self._engine.connect() as db:
            return db.execute(select(Job.state).where(Job.name == job)).scalar_one()  # type: ignore[return-value]

    def tenants(self, job: str) -> list[str]:
        """The tenants with recipients that are not finished."""
        rows = select(Recipient.tenant_id).distinct().order_by(Recipient.tenant_id)
        with self._engine.connect() as db:
            return list(db.scalars(rows.where(Recipient.job == job, _unfinished())))

    def retry_failed(self, job: str, actions: Iterable[str], *, tenant_id: str = "") -> int:
        """Let failed recipients with one of these actions wait again; return how many.

        Args:
            tenant_id: of the recipients; all tenants when empty.
        """
        failed = (Recipient.job == job) & (Recipient.state == "failed")
        if tenant_id:
            failed &= Recipient.tenant_id == tenant_id
        retried = update(Recipient).where(failed, Recipient.action.in_(list(actions)))
        with self._engine.begin() as db:
            return db.execute(retried.values(state="waiting", attempts=0, not_before=0.0)).rowcount

    # -- one attempt -------------------------------------------------------------------------------

    def due(
        self, job: str, tenant_id: str, *, limit: int = 500
    ) -> tuple[list[Recipient], float | None]:
        """Who is due for an attempt, and when the next recipient will be.

        Returns:
            At most `limit` waiting recipients that are due, the longest due first; and in how many
            seconds the first of all is due, or None when nobody waits or the job is not running.
        """
        now = self.clock()
        waiting = (
            select(Recipient)
            .where(Recipient.job == job, Recipient.tenant_id == tenant_id)
            .where(Recipient.state == "waiting", _running(job))
            .order_by(Recipient.not_before, Recipient.id)
        )
        with Session(self._engine, expire_on_commit=False) as session:
            people = list(session.scalars(waiting.where(Recipient.not_before <= now).limit(limit)))
            if people:
                return people, 0.0
            first = session.scalars(waiting.limit(1)).one_or_none()
            return [], None if first is None else first.not_before - now

    def start(self, recipient: Recipient, data: dict[str, Any]) -> bool:
        """Record that the request leaves now; see `record` and `Start`."""
        return self.record([Start(recipient, data)])[0]

    def finish(self, recipient: Recipient, outcome: Outcome, data: dict[str, Any]) -> None:
        """Record the outcome of an attempt; see `record` and `Finish`."""
        self.record([Finish(recipient, data, outcome)])

    def record(self, changes: Sequence[Start | Finish]) -> list[bool]:
        """Record changes of different recipients in one transaction: all of them, or none.

        Returns:
            For each change whether it was made. A start is not made when the job was paused or
            cancelled, or somebody else started this recipient: then the request may not leave.
        """
        with self._engine.begin() as db:
            return [self._record(db, change) for change in changes]

    def _record(self, db: Connection, change: Start | Finish) -> bool:
        one = change.recipient
        row: dict[str, Any] = {
            "of_job": one.job,
            "of_tenant": one.tenant_id,
            "of_id": one.id,
            "new": change.data,
        }
        if isinstance(change, Start):
            return db.execute(START, row).rowcount == 1
        outcome = change.outcome
        row |= {
            "to": outcome.state,
            "why": outcome.detail,
            "what": outcome.action,
            "counted": int(outcome.counts),
            "due": self.clock() + outcome.wait,
        }
        if outcome.state == "waiting":
            db.execute(TRY_AGAIN, row)
        else:
            db.execute(FINISH, row)
        if outcome.unsure:
            db.execute(DOUBT, row)
        return True

    def recover(self, job: str, tenant_id: str, if_unsure: IfUnsure) -> int:
        """Recover rows left "started" by a crash, and return the count; end impossible waits.

        Args:
            if_unsure: "send again", and it may happen twice, or "leave", and it may never happen.
        """
        here = (Recipient.job == job) & (Recipient.tenant_id == tenant_id)
        values = {
            "state": "waiting" if if_unsure == "send again" else "unsure",
            "doubt": INTERRUPTED,
            "attempts": Recipient.attempts + 1,
        }
        rows = update(Recipient).where(here, Recipient.state == "started").values(values)
        # A wait that is longer than the longest was stored while the clock was ahead.
        now = self.clock()
        waits = (Recipient.state == "waiting") & (Recipient.not_before > now + LONGEST_WAIT)
        with self._engine.begin() as db:
            db.execute(update(Recipient).where(here, waits).values(not_before=now))
            return db.execute(rows).rowcount

    # -- queries ----------------------------------------------------------------------------------

    def counts(self, job: str) -> dict[str, int]:
        """How many recipients are in each state."""
        rows = select(Recipient.state, func.count()).where(Recipient.job == job)
        with self._engine.connect() as db:
            return {state: number for state, number in db.execute(rows.group_by(Recipient.state))}

    def left(self, job: str) -> int:
        """How many recipients are not finished."""
        rows = (
            select(func.count()).select_from(Recipient).where(Recipient.job == job, _unfinished())
        )
        with self._engine.connect() as db:
            return db.execute(rows).scalar_one()

    def reasons(self, job: str, *where: ColumnElement[bool]) -> dict[str, int]:
        """Why the recipients that meet a condition are in their state, most frequent first."""
        why = case((Recipient.doubt != "", Recipient.doubt), else_=Recipient.detail)
        rows = select(why, func.count()).where(Recipient.job == job, *where)
        rows = rows.group_by(why).order_by(func.count().desc(), why)
        with self._engine.connect() as db:
            return {reason: number for reason, number in db.execute(rows)}

    def recipients(self, job: str, *where: ColumnElement[bool]) -> Iterator[Recipient]:
        """The recipients that meet a condition, by tenant and ID, a chunk at a time in memory."""
        rows = select(Recipient).where(Recipient.job == job, *where)
        rows = rows.order_by(Recipient.tenant_id, Recipient.id)
        with Session(self._engine, expire_on_commit=False) as session:
            for chunk in session.scalars(rows.execution_options(yield_per=CHUNK)).partitions():
                yield from chunk

    # -- locks -------------------------------------------------------------------------------------

    @contextmanager
    def exclusive(self, name: str) -> Iterator[Callable[[], None]]:
        """Lock a tenant, as long as this process lives and no longer. SQLite locks all tenants.

        Yields:
            A function that raises when the lock is lost.

        Raises:
            Busy: somebody else has the lock.
        """
        self._locks.acquire(name)
        try:
            yield self._locks.check
        finally:
            self._locks.release(name)


def _unfinished() -> ColumnElement[bool]:
    return Recipient.state.in_(["waiting", "started"])


def _running(job: str) -> ColumnElement[bool]:
    return exists().where(Job.name == job, Job.state == "running")


# What `record` executes for each message. They are built once: building costs more than executing.
_ONE = (
    (Recipient.job == bindparam("of_job"))
    & (Recipient.tenant_id == bindparam("of_tenant"))
    & (Recipient.id == bindparam("of_id"))
)
_DATA = bindparam("new", type_=JSON)
_OUTCOME: dict[str, Any] = {
    "data": _DATA,
    "detail": bindparam("why"),
    "action": bindparam("what"),
    "attempts": Recipient.attempts + bindparam("counted", type_=Integer),
    "not_before": bindparam("due"),
}
_RUNNING = exists().where(Job.name == bindparam("of_job"), Job.state == "running")
_CANCELLED = exists().where(Job.name == bindparam("of_job"), Job.state == "cancelled")
START = (
    update(Recipient)
    .where(_ONE, Recipient.state == "waiting", _RUNNING)
    .values(state="started", data=_DATA)
)
FINISH = update(Recipient).where(_ONE).values(_OUTCOME | {"state": bindparam("to")})
TRY_AGAIN = (
    update(Recipient)
    .where(_ONE)
    .values(_OUTCOME | {"state": case((_CANCELLED, "cancelled"), else_="waiting")})
)
DOUBT = update(Recipient).where(_ONE).values(doubt=bindparam("why"))


def _set_up_sqlite(connection: sqlite3.Connection, _: Any) -> None:
    """Let readers and the writer not wait for each other, and commits not wait for the disk.

    A killed process loses nothing. When the machine loses power, the last commits may be lost:
    then a message may arrive twice, and the outbox does not know.
    """
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
