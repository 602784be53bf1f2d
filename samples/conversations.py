"""Remember where the bot may write: one row a conversation, in any SQL database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botbuilder.schema import (
    Activity,
    ChannelAccount,
    ConversationAccount,
    ConversationReference,
)
from botframework.connector import Channels
from sqlalchemy import Engine, create_engine, event, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class _Base(DeclarativeBase):
    pass


class Conversation(_Base):
    """A personal chat, a group chat or a channel that the bot may write to.

    Attributes:
        kind: personal, groupChat or channel: what Teams calls conversationType.
        user_id, aad_object_id, user_name, timezone: of the person, in a personal chat only.
        team_id: of the team, in a channel only.
        opted_out: whether the person asked for no more notifications.
    """

    __tablename__ = "conversations"

    tenant_id: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    service_url: Mapped[str]
    bot_id: Mapped[str]
    user_id: Mapped[str | None]
    aad_object_id: Mapped[str | None] = mapped_column(index=True)
    user_name: Mapped[str | None]
    timezone: Mapped[str | None]
    team_id: Mapped[str | None] = mapped_column(index=True)
    opted_out: Mapped[bool] = mapped_column(default=False)

    def reference(self) -> ConversationReference:
        """What `continue_conversation` takes."""
        return ConversationReference(
            channel_id=Channels.ms_teams,
            service_url=self.service_url,
            bot=ChannelAccount(id=self.bot_id),
            conversation=ConversationAccount(
                id=self.id, conversation_type=self.kind, tenant_id=self.tenant_id
            ),
        )


class Conversations:
    """The conversations that the bot may write to, in a database that outlives the process.

    Args:
        url: of the database, as SQLAlchemy writes it. CONVERSATIONS_URL from the environment when
            empty, else the file conversations.db in this folder.
    """

    def __init__(self, url: str = "") -> None:
        url = url or os.environ.get("CONVERSATIONS_URL", "sqlite:///conversations.db")
        self._engine = create_engine(url)
        if self._engine.dialect.name == "sqlite":
            _wait_for_writers(self._engine)
        _Base.metadata.create_all(self._engine)

    def remember(self, activity: Activity) -> None:
        """Keep where this activity came from; what was kept of it before is brought up to date.

        Any activity will do: an installation, members added, a message. Service URLs can change, so
        each one is taken anew. What somebody opted out of stays so.
        """
        seen = _seen(activity)
        try:
            self._merge(seen)
        except IntegrityError:  # another process wrote the same row first
            self._merge(seen)

    def _merge(self, seen: dict[str, Any]) -> None:
        with self._session() as session:
            found = session.get(Conversation, (seen["tenant_id"], seen["id"]))
            if found is None:
                session.add(Conversation(**seen))
                return
            for name, value in seen.items():
                if value is not None:
                    setattr(found, name, value)

    def forget(self, tenant_id: str, conversation_id: str) -> None:
        """Drop a conversation: the app was removed from it, or Teams says that it is gone."""
        with self._session() as session:
            if found := session.get(Conversation, (tenant_id, conversation_id)):
                session.delete(found)

    def forget_activity(self, activity: Activity) -> None:
        """Drop what an activity says is over; in a team, all the team's channels."""
        seen = _seen(activity)
        with self._session() as session:
            rows = select(Conversation).where(Conversation.tenant_id == seen["tenant_id"])
            if seen["team_id"]:
                rows = rows.where(Conversation.team_id == seen["team_id"])
            else:
                rows = rows.where(Conversation.id == seen["id"])
            for row in session.scalars(rows):
                session.delete(row)

    def person(self, tenant_id: str, user: str) -> Conversation | None:
        """The personal chat with somebody, by `29:` id or Entra object id, or None."""
        with self._session() as session:
            return session.scalars(
                select(Conversation).where(
                    Conversation.tenant_id == tenant_id,
                    Conversation.kind == "personal",
                    (Conversation.user_id == user) | (Conversation.aad_object_id == user),
                )
            ).first()

    def all(self, kind: str = "") -> list[Conversation]:
        """Every conversation, or every one of a kind, in the order of their ids."""
        rows = select(Conversation).order_by(Conversation.tenant_id, Conversation.id)
        if kind:
            rows = rows.where(Conversation.kind == kind)
        with self._session() as session:
            return list(session.scalars(rows))

    def opt_out(self, tenant_id: str, conversation_id: str, *, out: bool = True) -> None:
        """Keep whether somebody wants no more notifications."""
        with self._session() as session:
            if found := session.get(Conversation, (tenant_id, conversation_id)):
                found.opted_out = out

    @contextmanager
    def _session(self) -> Iterator[Session]:
        """All of what is done with it is written, or none."""
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            yield session


def _seen(activity: Activity) -> dict[str, Any]:
    """What an activity says of its conversation, by the kind of conversation.

    Who installs the app in a team is `from`, but the conversation is a channel: kept under the
    person's id, their next personal message would land in that channel.
    """
    data = activity.channel_data or {}
    conversation = activity.conversation
    personal = conversation.conversation_type == "personal"
    sender = activity.from_property
    return {
        # The SDK reads `tenantID` and Teams sends `tenantId`, so conversation.tenant_id is None.
        "tenant_id": data["tenant"]["id"],
        "id": conversation.id.partition(";messageid=")[0],  # a thread's channel
        "kind": conversation.conversation_type,
        "service_url": activity.service_url,
        "bot_id": activity.recipient.id,
        "user_id": sender.id if personal else None,
        "aad_object_id": sender.aad_object_id if personal else None,
        "user_name": sender.name if personal else None,
        "timezone": activity.local_timezone if personal else None,
        "team_id": (data.get("team") or {}).get("id"),
    }


def _wait_for_writers(engine: Engine) -> None:
    """SQLite: take the write lock when a transaction begins, so that two processes queue for it.

    A transaction that begins reading and then writes is refused at once when another one wrote in
    between (SQLITE_BUSY), however long the time-out.
    """

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy begins transactions, not the driver
        connection.execute("PRAGMA busy_timeout = 30000")

    @event.listens_for(engine, "begin")
    def begun(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
