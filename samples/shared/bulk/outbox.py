"""Who still has to be written to, or done something for: one row a recipient, in a SQL database.

A row goes from waiting to started, and from there to done, failed or unsure; or it is cancelled.
`started` is written before the request leaves: the rows that a crash leaves so are those of which
nobody knows what became.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal, ParamSpec, TypeVar

from sqlalchemy import (
    JSON,
    ColumnElement,
    CursorResult,
    Index,
    case,
    create_engine,
    event,
    exists,
    func,
    make_url,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from samples.shared.failure import IfUnsure
from samples.shared.settings import optional_setting

State = Literal["waiting", "started", "done", "failed", "unsure", "cancelled"]
JobState = Literal["running", "paused", "cancelled"]
THREADS = 8  # that write to PostgreSQL, each with a connection
CHUNK = 1_000  # rows that are held in memory at a time
INTERRUPTED = "interrupted"  # the doubt about a row that a crash left started
P = ParamSpec("P")
T = TypeVar("T")


class Busy(Exception):
    """Somebody else works on it."""


class _Base(DeclarativeBase):
    type_annotation_map = {dict[str, Any]: JSON}  # noqa: RUF012


class Job(_Base):
    """One thing to do for many people: a broadcast, for example.

    Attributes:
        content: what to do, in the words of whoever does it.
    """

    __tablename__ = "outbox_jobs"

    name: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[str]
    state: Mapped[str] = mapped_column(default="running")


class Recipient(_Base):
    """One person, chat or channel for which a job is to be done, and how far it is.

    Attributes:
        id: who it is, the same each time the job is asked for.
        name: how a report calls them.
        data: what the doing needs to know of this one.
        state: see the module.
        attempts: how often it was tried.
        not_before: when it may be tried again, in seconds since 1970.
        doubt: why an attempt may have succeeded although nobody knows it; empty when none may.
        detail: what came of it: an id when done, else what Teams said.
        action: what is to be done about a failure, by the table of errors.
    """

    __tablename__ = "outbox_recipients"

    job: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    data: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[float] = mapped_column(default=0.0)
    doubt: Mapped[str] = mapped_column(default="")
    detail: Mapped[str] = mapped_column(default="")
    action: Mapped[str] = mapped_column(default="")

    __table_args__ = (Index("outbox_due", "job", "tenant_id", "state", "not_before", "id"),)


@dataclass(frozen=True)
class New:
    """A recipient to add; see `Recipient`."""

    tenant_id: str
    id: str
    name: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt.

    Attributes:
        state: done, failed, unsure, or waiting for another attempt.
        detail, action: see `Recipient`.
        unsure: whether this attempt may have succeeded all the same.
        wait: how many seconds until the next attempt.
        counts: whether the attempt says something of this recipient, and not of all.
    """

    state: State
    detail: str
    action: str = ""
    unsure: bool = False
    wait: float = 0.0
    counts: bool = True


class Outbox:
    """Every job and how far it is, in a database that outlives the process.

    Its methods block; a program with an event loop calls them through `run`.

    Args:
        url: of the database, as SQLAlchemy writes it: SQLite, or PostgreSQL for several machines.
            OUTBOX_URL from the environment when empty, else the file outbox.db in this folder.
        clock: what time it is, in seconds since 1970.

    Raises:
        ValueError: the database is neither of the two.
    """

    def __init__(self, url: str = "", *, clock: Callable[[], float] = time.time) -> None:
        self.url = make_url(url or optional_setting("OUTBOX_URL", "sqlite:///outbox.db"))
        self.clock = clock
        self.embedded = self.url.get_backend_name() == "sqlite"
        if self.embedded:
            self._insert: Any = sqlite.insert
            self._engine = create_engine(self.url, connect_args={"timeout": 30})
            event.listen(self._engine, "connect", _set_up_sqlite)
        elif self.url.get_backend_name() == "postgresql":
            self._insert = postgresql.insert
            # A server, or what is between, ends connections that were idle for long.
            self._engine = create_engine(self.url, pool_pre_ping=True)
        else:
            raise ValueError(f"OUTBOX_URL names {self.url}. Take SQLite or PostgreSQL.")
        # SQLite has one writer at a time; more threads would only wait for each other.
        self._threads = ThreadPoolExecutor(1 if self.embedded else THREADS, "outbox")
        self._held = _Held(self)
        try:
            _Base.metadata.create_all(self._engine)
        except DBAPIError:  # another process made the tables at the same moment
            _Base.metadata.create_all(self._engine)

    async def run(self, method: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
        """Call a method in a thread, so that the event loop goes on."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: method(*args, **options))

    def close(self) -> None:
        """Give back the connections and the threads."""
        self._threads.shutdown()
        self._engine.dispose()

    # -- jobs --------------------------------------------------------------------------------------

    def add(self, job: str, content: str, recipients: Iterable[New]) -> None:
        """Add a job with its recipients: all of them, or with an error none.

        Whom the job has already is left as they are, so to ask again is to resume.

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
        """What the job is.

        Raises:
            LookupError: there is no such job; the message names those there are.
        """
        with self._engine.connect() as db:
            content = db.scalars(select(Job.content).where(Job.name == job)).one_or_none()
            if content is not None:
                return content
            names = db.scalars(select(Job.name).order_by(Job.name)).all()
        raise LookupError(f"There is no {job!r} in the outbox. There are: {', '.join(names)}")

    def turn(self, job: str, state: JobState) -> int:
        """Pause a job, let it run again, or cancel it; answers with how many still wait.

        What is on its way arrives; nothing else leaves.

        Raises:
            LookupError: there is no such job.
            ValueError: it was cancelled, which is for good.
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

    def state(self, job: str) -> JobState:
        """Whether a job runs, is paused or cancelled."""
        with self._engine.connect() as db:
            return db.execute(select(Job.state).where(Job.name == job)).scalar_one()  # type: ignore[return-value]

    def tenants(self, job: str) -> list[str]:
        """The tenants in which something is left to do."""
        rows = select(Recipient.tenant_id).distinct().order_by(Recipient.tenant_id)
        with self._engine.connect() as db:
            return list(db.scalars(rows.where(Recipient.job == job, _open())))

    def again(self, job: str, actions: Iterable[str]) -> int:
        """Let those wait again who failed, by what was to be done about it; answers how many."""
        failed = (Recipient.job == job) & (Recipient.state == "failed")
        back = update(Recipient).where(failed, Recipient.action.in_(list(actions)))
        with self._engine.begin() as db:
            return db.execute(back.values(state="waiting", attempts=0, not_before=0.0)).rowcount

    # -- one attempt -------------------------------------------------------------------------------

    def due(
        self, job: str, tenant_id: str, *, limit: int = 500
    ) -> tuple[list[Recipient], float | None]:
        """Whose turn it is, and when the next one's will be.

        Returns:
            At most `limit` who wait and may be tried now, the longest due first; and in how many
            seconds the first of all is due, or None when nobody waits or the job does not run.
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
        """Write down that the request leaves now: from here on it may have happened.

        Args:
            data: what is known of this recipient by now, in place of `Recipient.data`.

        Returns:
            False when it may not: the job was paused or cancelled, or somebody else did it.
        """
        row = update(Recipient).where(_is(recipient), Recipient.state == "waiting")
        values = {"state": "started", "data": data}
        with self._engine.begin() as db:
            return _rows(db.execute(row.where(_running(recipient.job)).values(values))) == 1

    def finish(self, recipient: Recipient, outcome: Outcome, data: dict[str, Any]) -> None:
        """Write down what came of it, and what is known of this recipient since."""
        state: Any = outcome.state
        if state == "waiting":
            cancelled = exists().where(Job.name == recipient.job, Job.state == "cancelled")
            state = case((cancelled, "cancelled"), else_="waiting")
        values = {
            "state": state,
            "data": data,
            "detail": outcome.detail,
            "action": outcome.action,
            "attempts": Recipient.attempts + int(outcome.counts),
            "not_before": self.clock() + outcome.wait,
        } | ({"doubt": outcome.detail} if outcome.unsure else {})
        with self._engine.begin() as db:
            db.execute(update(Recipient).where(_is(recipient)).values(values))

    def recover(self, job: str, tenant_id: str, if_unsure: IfUnsure) -> int:
        """Take up what a crash left started; answers how many these are.

        Args:
            if_unsure: "send again", and it may happen twice, or "leave", and perhaps it never did.
        """
        left = (Recipient.job == job) & (Recipient.tenant_id == tenant_id)
        values = {
            "state": "waiting" if if_unsure == "send again" else "unsure",
            "doubt": INTERRUPTED,
            "attempts": Recipient.attempts + 1,
        }
        rows = update(Recipient).where(left, Recipient.state == "started").values(values)
        with self._engine.begin() as db:
            return db.execute(rows).rowcount

    # -- looking -----------------------------------------------------------------------------------

    def counts(self, job: str) -> dict[str, int]:
        """How many recipients are in each state."""
        rows = select(Recipient.state, func.count()).where(Recipient.job == job)
        with self._engine.connect() as db:
            return {state: number for state, number in db.execute(rows.group_by(Recipient.state))}

    def left(self, job: str) -> int:
        """For how many something is left to do."""
        rows = select(func.count()).select_from(Recipient).where(Recipient.job == job, _open())
        with self._engine.connect() as db:
            return db.execute(rows).scalar_one()

    def reasons(self, job: str, *where: ColumnElement[bool]) -> dict[str, int]:
        """Why those for whom a condition holds are where they are: most frequent reason first."""
        reason = case((Recipient.doubt != "", Recipient.doubt), else_=Recipient.detail)
        rows = select(reason, func.count()).where(Recipient.job == job, *where)
        rows = rows.group_by(reason).order_by(func.count().desc(), reason)
        with self._engine.connect() as db:
            return {why: number for why, number in db.execute(rows)}

    def recipients(self, job: str, *where: ColumnElement[bool]) -> Iterator[Recipient]:
        """Those for whom a condition holds, by tenant and id; a chunk of them in memory."""
        rows = select(Recipient).where(Recipient.job == job, *where)
        rows = rows.order_by(Recipient.tenant_id, Recipient.id)
        with Session(self._engine, expire_on_commit=False) as session:
            for chunk in session.scalars(rows.execution_options(yield_per=CHUNK)).partitions():
                yield from chunk

    # -- one at a time -----------------------------------------------------------------------------

    @contextmanager
    def alone(self, what: str) -> Iterator[Callable[[], None]]:
        """Hold a tenant that nobody else holds, as long as this process lives and no longer.

        In SQLite it is the whole outbox that is held.

        Yields:
            What looks whether it is still held, and raises when the database says no.

        Raises:
            Busy: somebody else holds it.
        """
        self._held.take(what)
        try:
            yield self._held.check
        finally:
            self._held.give_back(what)


class _Held:
    """What this process holds in the database, on one connection: when that ends, so does this."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._names: set[str] = set()
        self._connection: Any = None
        self._one_at_a_time = threading.Lock()

    def take(self, name: str) -> None:
        with self._one_at_a_time:
            # PostgreSQL would give a lock again to the connection that has it.
            if name in self._names:
                raise Busy(f"{name} is being worked on.")
            if self._outbox.embedded:
                self._take_file(name)
            else:
                self._take_advisory(name)
            self._names.add(name)

    def check(self) -> None:
        with self._one_at_a_time:
            if self._outbox.embedded:
                self._connection.execute("SELECT 1")
            else:
                self._connection.execute(select(1))

    def give_back(self, name: str) -> None:
        with self._one_at_a_time:
            self._names.remove(name)
            if not self._outbox.embedded:
                self._connection.execute(select(func.pg_advisory_unlock(_key(name))))
            if not self._names:
                self._connection.close()
                self._connection = None

    def _take_file(self, name: str) -> None:
        if self._names:
            return
        # A second file, because to hold the first would keep everybody from reading it.
        connection = sqlite3.connect(
            f"{self._outbox.url.database}.lock", timeout=0, check_same_thread=False
        )
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            connection.close()
            raise Busy(f"Another process works on {self._outbox.url.database}.") from None
        self._connection = connection

    def _take_advisory(self, name: str) -> None:
        if self._connection is None:
            connection = self._outbox._engine.connect()
            self._connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            # Of a machine that is cut off the server would else hear nothing for two hours, and
            # keep the lock as long.
            for setting, value in (("idle", 10), ("interval", 5), ("count", 3)):
                self._connection.exec_driver_sql(f"SET tcp_keepalives_{setting} = {value}")
        if not self._connection.scalar(select(func.pg_try_advisory_lock(_key(name)))):
            raise Busy(f"Another process works on {name}.")


def _key(name: str) -> ColumnElement[int]:
    """PostgreSQL's locks have numbers for names."""
    return func.hashtextextended(f"outbox {name}", 0)


def _is(recipient: Recipient) -> ColumnElement[bool]:
    return (
        (Recipient.job == recipient.job)
        & (Recipient.tenant_id == recipient.tenant_id)
        & (Recipient.id == recipient.id)
    )


def _open() -> ColumnElement[bool]:
    return Recipient.state.in_(["waiting", "started"])


def _running(job: str) -> ColumnElement[bool]:
    return exists().where(Job.name == job, Job.state == "running")


def _rows(result: CursorResult[Any]) -> int:
    return result.rowcount


def _set_up_sqlite(connection: sqlite3.Connection, _: Any) -> None:
    """Readers and the writer do not wait for each other, and a commit not for the disk.

    A killed process loses nothing so. When the machine loses power, the last commits may be gone:
    then a message may arrive twice of which the outbox does not know.
    """
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
