"""Store where the bot may write: one row a conversation, in a SQL database."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from typing import Any

from botbuilder.schema import (
    Activity,
    ChannelAccount,
    ConversationAccount,
    ConversationReference,
)
from botframework.connector import Channels
from sqlalchemy import ColumnElement, and_, create_engine, delete, insert, make_url, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from samples.shared.service_urls import is_allowed
from samples.shared.settings import optional_setting

log = logging.getLogger(__name__)
CHUNK = 1_000  # conversations that `each` reads at a time


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
            # Not the enum itself: a turn would look for its state under "Channels.ms_teams/…".
            channel_id=Channels.ms_teams.value,
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
        where = make_url(url or optional_setting("CONVERSATIONS_URL", "sqlite:///conversations.db"))
        # SQLite lets one process write at a time; the others wait, at most so many seconds.
        sqlite = where.get_backend_name() == "sqlite"
        self._engine = create_engine(where, connect_args={"timeout": 30} if sqlite else {})
        try:
            _Base.metadata.create_all(self._engine)
        except DBAPIError:  # another process made the table at the same moment
            _Base.metadata.create_all(self._engine)

    def remember(self, activity: Activity) -> bool:
        """Store where this activity came from, or update what is stored.

        Any activity will do: an installation, members added, a message. Service URLs can change, so
        each activity updates the URL. An opt-out stays. Activities from other channels are ignored:
        other rules for proactive messages apply there. So are activities whose service URL is
        neither of Teams nor on this machine while no app ID is set: nobody has checked the sender,
        and the URL would receive the token once there is one.

        Returns:
            Whether the conversation is new.
        """
        seen = _seen(activity)
        if seen is None:
            return False
        url = seen["service_url"] or ""
        if not optional_setting("MicrosoftAppId") and not is_allowed(url, signed_in=False):
            log.warning("Not remembered: a conversation whose service URL is %.200r.", url)
            return False
        try:
            return self._write(seen)
        except IntegrityError:  # another process added the same row in between: update that one
            return self._write(seen)

    def _write(self, seen: dict[str, Any]) -> bool:
        """Update the row, or else add it.

        Nothing is read first: the row could change between reading and writing.
        """
        known = {name: value for name, value in seen.items() if value is not None}
        row = _is(seen["tenant_id"], seen["id"])
        with self._engine.begin() as connection:
            if connection.execute(update(Conversation).where(row).values(known)).rowcount:
                return False
            connection.execute(insert(Conversation).values(seen))
            return True

    def forget(self, tenant_id: str, conversation_id: str) -> None:
        """Delete a conversation: the app was removed from it, or Teams says that it is gone."""
        self._delete(_is(tenant_id, conversation_id))

    def forget_activity(self, activity: Activity) -> int:
        """Delete the conversation of an activity; in a team, all the team's channels.

        Returns:
            How many conversations were deleted.
        """
        seen = _seen(activity)
        if seen is None:
            return 0
        if seen["team_id"]:
            return self._delete(
                and_(
                    Conversation.tenant_id == seen["tenant_id"],
                    Conversation.team_id == seen["team_id"],
                )
            )
        return self._delete(_is(seen["tenant_id"], seen["id"]))

    def _delete(self, rows: ColumnElement[bool]) -> int:
        with self._engine.begin() as connection:
            return connection.execute(delete(Conversation).where(rows)).rowcount

    def person(self, tenant_id: str, user: str) -> Conversation | None:
        """The personal chat with a person, by `29:` ID or Entra object ID, or None."""
        with Session(self._engine) as session:
            return session.scalars(
                select(Conversation).where(
                    Conversation.tenant_id == tenant_id,
                    Conversation.kind == "personal",
                    (Conversation.user_id == user) | (Conversation.aad_object_id == user.lower()),
                )
            ).first()

    def people(self, tenant_id: str, users: Collection[str]) -> dict[str, Conversation]:
        """The personal chats with some people, by Entra object ID."""
        return {
            chat.aad_object_id: chat
            for chat in self.each(
                "personal",
                Conversation.tenant_id == tenant_id,
                Conversation.aad_object_id.in_(users),
            )
            if chat.aad_object_id
        }

    def all(self, kind: str = "") -> list[Conversation]:
        """Every conversation, or every one of a kind, in the order of their IDs."""
        return list(self.each(kind))

    def each(self, kind: str = "", *where: ColumnElement[bool]) -> Iterator[Conversation]:
        """Like `all`, with a chunk at a time in memory."""
        rows = select(Conversation).order_by(Conversation.tenant_id, Conversation.id).where(*where)
        if kind:
            rows = rows.where(Conversation.kind == kind)
        with Session(self._engine) as session:
            for some in session.scalars(rows.execution_options(yield_per=CHUNK)).partitions():
                yield from some

    def opt_out(self, tenant_id: str, conversation_id: str, *, out: bool = True) -> None:
        """Store whether a person wants no more notifications."""
        row = _is(tenant_id, conversation_id)
        with self._engine.begin() as connection:
            connection.execute(update(Conversation).where(row).values(opted_out=out))


def _is(tenant_id: str, conversation_id: str) -> ColumnElement[bool]:
    return and_(Conversation.tenant_id == tenant_id, Conversation.id == conversation_id)


def _seen(activity: Activity) -> dict[str, Any] | None:
    """The row for an activity's conversation, by its kind; None if not from Teams.

    When somebody installs the app in a team, they are `from`, but the conversation is a channel:
    stored under the person's ID, their next personal message would land in that channel.
    """
    if activity.channel_id != Channels.ms_teams:
        return None
    data = activity.channel_data or {}
    # The SDK reads `tenantID` and Teams sends `tenantId`, so conversation.tenant_id is None.
    tenant_id = (data.get("tenant") or {}).get("id")
    conversation = activity.conversation
    if not (tenant_id and conversation and conversation.conversation_type):
        return None
    personal = conversation.conversation_type == "personal"
    sender = activity.from_property if personal else ChannelAccount()
    return {
        "tenant_id": tenant_id,
        "id": conversation.id.partition(";messageid=")[0],  # a thread's channel
        "kind": conversation.conversation_type,
        "service_url": activity.service_url,
        "bot_id": activity.recipient.id,
        "user_id": sender.id,
        "aad_object_id": sender.aad_object_id,
        "user_name": sender.name,
        "timezone": activity.local_timezone if personal else None,
        "team_id": (data.get("team") or {}).get("id"),
    }
