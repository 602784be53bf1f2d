"""Keep the messages that wait for the end of a dialog, in a SQL database."""

from __future__ import annotations

import time
from typing import Any

from botbuilder.schema import ConversationReference
from sqlalchemy import JSON, delete, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

from samples.shared.database import open_database


class _Base(DeclarativeBase):
    pass


class Waiting(_Base):
    """A message in the queue, with the conversation that it goes to."""

    __tablename__ = "waiting"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(index=True)
    where: Mapped[dict[str, Any]] = mapped_column(JSON)
    text: Mapped[str]
    since: Mapped[float]

    def reference(self) -> ConversationReference:
        """What `continue_conversation` takes."""
        return ConversationReference().deserialize(self.where)


class WaitingMessages:
    """The queue, in a database that outlives the process.

    Args:
        url: of the database, as SQLAlchemy writes it.
    """

    def __init__(self, url: str) -> None:
        engine = open_database(url, _Base.metadata)
        self._session = sessionmaker(engine, expire_on_commit=False)

    def add(self, reference: ConversationReference, text: str) -> None:
        """Put a message at the end of the queue."""
        with self._session.begin() as session:
            session.add(
                Waiting(
                    conversation_id=reference.conversation.id,
                    where=reference.serialize(),
                    text=text,
                    since=time.time(),
                )
            )

    def all(self, conversation_id: str = "") -> list[Waiting]:
        """The messages of one conversation, or of all, in order."""
        rows = select(Waiting).order_by(Waiting.id)
        if conversation_id:
            rows = rows.where(Waiting.conversation_id == conversation_id)
        with self._session.begin() as session:
            return list(session.scalars(rows))

    def remove(self, message: Waiting) -> None:
        """Take a message out of the queue."""
        with self._session.begin() as session:
            session.execute(delete(Waiting).where(Waiting.id == message.id))
