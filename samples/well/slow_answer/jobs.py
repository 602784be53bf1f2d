"""What people asked for and have not got yet: one row a question."""

from __future__ import annotations

from typing import Any

from botbuilder.schema import ConversationReference
from sqlalchemy import JSON, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

from samples.shared.database import open_database


class _Base(DeclarativeBase):
    pass


class Job(_Base):
    """A question that takes time.

    Attributes:
        where: the conversation that it was asked in, a thread too, as JSON.
        answer: what to answer, once it is found; kept so that sending again needs no new work.
        done: whether the answer was sent, or never can be.
    """

    __tablename__ = "jobs"

    id: Mapped[int] = mapped_column(primary_key=True)
    where: Mapped[dict[str, Any]] = mapped_column(JSON)
    topic: Mapped[str]
    answer: Mapped[str | None]
    done: Mapped[bool] = mapped_column(default=False, index=True)

    def reference(self) -> ConversationReference:
        """What `continue_conversation` takes."""
        return ConversationReference().deserialize(self.where)


class Jobs:
    """Every job, in a database that outlives the process.

    Args:
        url: of the database, as SQLAlchemy writes it.
    """

    def __init__(self, url: str) -> None:
        engine = open_database(url, _Base.metadata)
        self._session = sessionmaker(engine, expire_on_commit=False)

    def add(self, reference: ConversationReference, topic: str) -> None:
        """Keep a question; when this returns, no end of the process can lose it."""
        with self._session.begin() as session:
            session.add(Job(where=reference.serialize(), topic=topic))

    def undone(self) -> list[Job]:
        """Every job that is not done, oldest first."""
        with self._session.begin() as session:
            return list(session.scalars(select(Job).where(~Job.done).order_by(Job.id)))

    def answered(self, job: Job, answer: str) -> None:
        """Keep what the work came to."""
        with self._session.begin() as session:
            session.execute(update(Job).where(Job.id == job.id).values(answer=answer))

    def done(self, job: Job) -> None:
        """Keep that there is nothing left to do."""
        with self._session.begin() as session:
            session.execute(update(Job).where(Job.id == job.id).values(done=True))
