"""The tables of the outbox: one row a job, and one row a recipient.

A recipient goes from waiting to started, and from there to done, failed or unsure; or is cancelled.
`started` is written before the request leaves, so the outcome of rows that a crash leaves started
is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import JSON, Index
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

RecipientState = Literal["waiting", "started", "done", "failed", "unsure", "cancelled"]
JobState = Literal["running", "paused", "cancelled"]


class Base(DeclarativeBase):
    type_annotation_map = {dict[str, Any]: JSON}  # noqa: RUF012


class Job(Base):
    """One thing to do for many people: a broadcast, for example.

    Attributes:
        content: what to do, in a form that only the job's handler reads.
        state: running, paused or cancelled.
    """

    __tablename__ = "outbox_jobs"

    name: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[str]
    state: Mapped[str] = mapped_column(default="running")


class Recipient(Base):
    """One person, chat or channel that a job is for, and how far the job is.

    Attributes:
        id: who it is, the same each time the job is added.
        name: the recipient's name in a report.
        data: what the job's handler needs to know about this recipient.
        state: see the module.
        attempts: how many attempts were made.
        not_before: when the next attempt may be made, in seconds since 1970.
        doubt: why an attempt of unknown outcome may have succeeded; empty when there is none.
        detail: the result: an ID when done, else what Teams answered.
        action: what to do about a failure, by the table of errors.
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
    """The result of an attempt.

    Attributes:
        state: done, failed, unsure, or waiting for another attempt.
        detail, action: see `Recipient`.
        unsure: whether this attempt may have succeeded all the same.
        wait: how many seconds until the next attempt.
        counts: whether the attempt concerns this recipient alone, and so counts against them.
    """

    state: RecipientState
    detail: str
    action: str = ""
    unsure: bool = False
    wait: float = 0.0
    counts: bool = True


@dataclass(frozen=True)
class Start:
    """A request leaves now: from here on the message may have arrived.

    Attributes:
        data: what is known about the recipient by now; it replaces `Recipient.data`.
    """

    recipient: Recipient
    data: dict[str, Any]


@dataclass(frozen=True)
class Finish:
    """An attempt has an outcome.

    Attributes:
        data: as in `Start`.
    """

    recipient: Recipient
    data: dict[str, Any]
    outcome: Outcome
