"""Store where the bot may send: one row per conversation, in a SQL database."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, delete, false, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from samples.shared.database import open_database
from samples.shared.failing import Failure
from samples.shared.service_urls import is_allowed
from samples.shared.settings import optional_setting

log = logging.getLogger(__name__)
DELETED = ("channelDeleted", "teamDeleted", "teamHardDeleted")
CHUNK = 1_000  # conversations that `each` reads at a time
KINDS = ("personal", "groupChat", "channel")
Noted = Literal["forgotten", "blocked", ""]
# An activity of botbuilder or of the Agents SDK, which use the same names for what the store reads.
# The Teams SDK uses others: see samples/teams_sdk/received.py.
Activity = Any


class _Base(DeclarativeBase):
    pass


class Conversation(_Base):
    """A personal chat, a group chat or a channel that the bot knows.

    Attributes:
        kind: personal, groupChat or channel: what Teams calls conversationType.
        user_id, aad_object_id, user_name, timezone: of the person, in a personal chat only.
        team_id: of the team, in a channel only.
        opted_out: whether the person asked for no more notifications.
        blocked: whether Teams said that somebody blocked the bot here; see `note_refusal`.
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
    blocked: Mapped[bool] = mapped_column(default=False, server_default=false())

    @property
    def can_notify(self) -> bool:
        """Whether the bot may send here unasked: nobody opted out or blocked the bot."""
        return not (self.opted_out or self.blocked)


class _Greeting(_Base):
    """A place where the bot greeted: a conversation, or a team as a whole."""

    __tablename__ = "greetings"

    tenant_id: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[str] = mapped_column(primary_key=True)


class Conversations:
    """The conversations that the bot knows, in a database that outlives the process.

    Args:
        url: of the database, as SQLAlchemy writes it. CONVERSATIONS_URL from the environment when
            empty, else the file conversations.db in this folder.
    """

    def __init__(self, url: str = "") -> None:
        where = url or optional_setting("CONVERSATIONS_URL", "sqlite:///conversations.db")
        self._engine = open_database(where, _Base.metadata)

    def remember(self, activity: Activity) -> bool:
        """Store where this activity came from, or update what is stored.

        Any activity will do: an installation, members added, a message. Service URLs can change, so
        each activity updates the URL. An opt-out stays; a block ends when a person writes or
        installs the app. Activities from other channels are ignored: other rules for proactive
        messages apply there. So are activities whose service URL is neither of Teams nor on this
        machine while no app ID is set: nobody has checked the sender, and the URL would receive the
        token once there is one.

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
        finally:
            if seen["blocked"] is False and seen["aad_object_id"]:
                self._unblock(seen["tenant_id"], seen["aad_object_id"])

    def _unblock(self, tenant_id: str, aad_object_id: str) -> None:
        """End a block in a person's other chats too: with sessions they have several."""
        theirs = and_(
            Conversation.tenant_id == tenant_id, Conversation.aad_object_id == aad_object_id
        )
        with self._engine.begin() as connection:
            where = (theirs, Conversation.blocked)
            connection.execute(update(Conversation).where(*where).values(blocked=False))

    def follow(self, activity: Activity) -> str:
        """Remember where an activity came from, or forget it if the activity says that it is over.

        Returns:
            What changed, as a line for a person; empty if nothing did.
        """
        kind = activity.conversation.conversation_type if activity.conversation else ""
        if is_over(activity):
            count = self.forget_activity(activity)
            return f"forgot {kind} ({count})" if count else ""
        return f"remembered {kind}" if self.remember(activity) else ""

    def _write(self, seen: dict[str, Any]) -> bool:
        """Update the row, or else add it.

        Nothing is read first: the row could change between reading and writing.
        """
        known = {name: value for name, value in seen.items() if value is not None}
        row = _is(seen["tenant_id"], seen["id"])
        with self._engine.begin() as connection:
            if connection.execute(update(Conversation).where(row).values(known)).rowcount:
                return False
            connection.execute(insert(Conversation).values(known))
            return True

    def keep(
        self,
        reference: Any,
        *,
        tenant_id: str,
        user_id: str,
        name: str | None = None,
    ) -> bool:
        """Store the personal chat that the bot opened with a person, as its first activity would.

        A person has one row: a new conversation ID replaces the old one. An opt-out and a block
        stay.

        Args:
            reference: of the chat: the result of `open_chat` or `message_person`, or another
                SDK's reference.
            tenant_id: the person's tenant, a GUID.
            user_id: the person: the `29:` ID or the Entra object ID that the chat was opened with.
            name: the person's name, if you know it.

        Returns:
            Whether the person is new.
        """
        whose = ("user_id", user_id) if user_id.startswith("29:") else _entra(user_id)
        seen = {
            "tenant_id": tenant_id,
            "id": reference.conversation.id,
            "kind": "personal",
            "service_url": reference.service_url,
            "bot_id": (getattr(reference, "bot", None) or reference.agent).id,
            whose[0]: whose[1],
        }
        if name:
            seen["user_name"] = name
        try:
            return self._replace(seen, *whose)
        except IntegrityError:  # another process added the same row in between: update that one
            return self._replace(seen, *whose)

    def _replace(self, seen: dict[str, Any], column: str, value: str) -> bool:
        """Update the row, or else put it in place of the person's other rows."""
        theirs = and_(
            Conversation.tenant_id == seen["tenant_id"],
            Conversation.kind == "personal",
            getattr(Conversation, column) == value,
        )
        with self._engine.begin() as connection:
            row = _is(seen["tenant_id"], seen["id"])
            if connection.execute(update(Conversation).where(row).values(seen)).rowcount:
                return False
            for mark in (Conversation.opted_out, Conversation.blocked):
                marked = select(func.count()).where(theirs, mark)
                seen[mark.key] = bool(connection.scalar(marked))
            replaced = connection.execute(delete(Conversation).where(theirs)).rowcount
            connection.execute(insert(Conversation).values(seen))
            return not replaced

    def note_refusal(self, tenant_id: str, conversation_id: str, failure: Failure) -> Noted:
        """Store what Teams' answer to a send says about a conversation. This is the one rule.

        - Action `forget`: the app is not there any more. The row is deleted.
        - Action `mark`: somebody blocked the bot. The row is marked, so that nothing is sent and
          no chat is created there until a person writes or installs the app; see `remember`.
        - Action `recreate`: the conversation is gone. The row of a group chat or a channel is
          deleted. A person's row stays: create the chat again, and `keep` it.
        - Any other action says nothing about the conversation.

        Returns:
            What happened to the row: "forgotten", "blocked", or "" for nothing.
        """
        row = _is(tenant_id, conversation_id)
        if failure.action == "mark":
            with self._engine.begin() as connection:
                connection.execute(update(Conversation).where(row).values(blocked=True))
            return "blocked"
        if failure.action == "forget":
            self.forget(tenant_id, conversation_id)
            return "forgotten"
        shared = and_(row, Conversation.kind != "personal")
        return "forgotten" if failure.action == "recreate" and self._delete(shared) else ""

    def claim_greeting(self, activity: Activity) -> bool:
        """Whether the bot is to greet where this activity came from; the next call returns False.

        A team is one place, whichever channel an event names. Where the app is removed, the
        greeting is forgotten with the conversation.
        """
        if (seen := _seen(activity)) is None:
            return False
        greeting = {"tenant_id": seen["tenant_id"], "place": seen["team_id"] or seen["id"]}
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(_Greeting).values(greeting))
        except IntegrityError:
            return False
        return True

    def forget(self, tenant_id: str, conversation_id: str) -> None:
        """Delete a conversation, and that the bot greeted there."""
        self._delete(_is(tenant_id, conversation_id))
        self._forget_greeting(tenant_id, conversation_id)

    def forget_activity(self, activity: Activity) -> int:
        """Delete the conversation that is over with an activity; in a team, all its channels.

        An event that one channel was deleted deletes that channel only: `channelData` names it,
        while the conversation is General.

        Returns:
            How many conversations were deleted.
        """
        seen = _seen(activity)
        if seen is None:
            return 0
        tenant_id, team_id = seen["tenant_id"], seen["team_id"]
        if activity.channel_data.get("eventType") == "channelDeleted":
            channel = activity.channel_data.get("channel") or {}
            return self._delete(_is(tenant_id, channel.get("id") or ""))
        self._forget_greeting(tenant_id, team_id or seen["id"])
        if team_id:
            in_team = and_(Conversation.tenant_id == tenant_id, Conversation.team_id == team_id)
            return self._delete(or_(in_team, _is(tenant_id, team_id)))
        return self._delete(_is(tenant_id, seen["id"]))

    def _forget_greeting(self, tenant_id: str, place: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(_Greeting).filter_by(tenant_id=tenant_id, place=place))

    def _delete(self, rows: ColumnElement[bool]) -> int:
        with self._engine.begin() as connection:
            return connection.execute(delete(Conversation).where(rows)).rowcount

    def person(self, tenant_id: str, user: str) -> Conversation | None:
        """The personal chat with a person, by `29:` ID or Entra object ID, or None."""
        with Session(self._engine) as session:
            return session.scalars(
                select(Conversation)
                .where(
                    Conversation.tenant_id == tenant_id,
                    Conversation.kind == "personal",
                    (Conversation.user_id == user) | (Conversation.aad_object_id == user.lower()),
                )
                # With sessions, one of several; one where the person is not to be notified first.
                .order_by(Conversation.opted_out.desc(), Conversation.blocked.desc())
                .order_by(Conversation.id)
            ).first()

    def people(self, tenant_id: str, users: Collection[str]) -> dict[str, Conversation]:
        """The personal chats with some people, by Entra object ID; of several that of `person`."""
        found: dict[str, Conversation] = {}
        ids = [user.lower() for user in users]
        theirs = (Conversation.tenant_id == tenant_id, Conversation.aad_object_id.in_(ids))
        for chat in self.each("personal", *theirs):
            known = found.setdefault(chat.aad_object_id or "", chat)
            if known.can_notify and not chat.can_notify:
                found[chat.aad_object_id or ""] = chat
        return found

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
        """Store whether a person wants no more notifications, in all their personal chats."""
        row = _is(tenant_id, conversation_id)
        who = select(Conversation.user_id).where(row, Conversation.kind == "personal")
        theirs = and_(Conversation.tenant_id == tenant_id, Conversation.kind == "personal")
        where = or_(row, and_(theirs, Conversation.user_id.in_(who)))
        with self._engine.begin() as connection:
            connection.execute(update(Conversation).where(where).values(opted_out=out))


def is_over(activity: Activity) -> bool:
    """Whether the app, or in a personal chat the person, was removed, or the place was deleted."""
    if activity.type == "installationUpdate":
        return activity.action in ("remove", "remove-upgrade")
    data = activity.channel_data
    if isinstance(data, dict) and data.get("eventType") in DELETED:
        return True
    removed = [member.id for member in activity.members_removed or []]
    return activity.recipient.id in removed or (
        bool(removed) and activity.conversation.conversation_type == "personal"
    )


def _is(tenant_id: str, conversation_id: str) -> ColumnElement[bool]:
    return and_(Conversation.tenant_id == tenant_id, Conversation.id == conversation_id)


def _seen(activity: Activity) -> dict[str, Any] | None:
    """The row for an activity's conversation, by its kind; None if not from Teams.

    When somebody installs the app in a team, they are `from`, but the conversation is a channel:
    stored under the person's ID, their next personal message would land in that channel.
    """
    if activity.channel_id != "msteams":
        return None
    data = activity.channel_data or {}
    tenant_id = tenant_of(activity)
    conversation = activity.conversation
    if not (tenant_id and conversation and conversation.conversation_type in KINDS):
        return None
    if not (conversation_id := conversation.id.partition(";messageid=")[0]):  # a thread's channel
        return None
    personal = conversation.conversation_type == "personal"
    sender = (personal and activity.from_property) or None
    return {
        "tenant_id": tenant_id,
        "id": conversation_id,
        "kind": conversation.conversation_type,
        "service_url": activity.service_url,
        "bot_id": activity.recipient.id,
        "user_id": sender and sender.id,
        "aad_object_id": sender and sender.aad_object_id and sender.aad_object_id.lower(),
        "user_name": sender and sender.name,
        "timezone": activity.local_timezone if personal else None,
        "team_id": (data.get("team") or {}).get("id"),
        "blocked": False if _shows_consent(activity) else None,
    }


def tenant_of(activity: Activity) -> str:
    """The tenant that an activity of Teams comes from; empty for other channels.

    The SDK reads `tenantID` and Teams sends `tenantId`, so conversation.tenant_id is None.
    """
    return ((activity.channel_data or {}).get("tenant") or {}).get("id") or ""


def _shows_consent(activity: Activity) -> bool:
    """Whether a person wrote or installed the app, and so no longer blocks the bot."""
    if activity.type == "installationUpdate":
        return bool(activity.action == "add")
    return activity.type in ("message", "invoke") or bool(activity.members_added)


def _entra(user_id: str) -> tuple[str, str]:
    return "aad_object_id", user_id.lower()
