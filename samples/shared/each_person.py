"""Everyone who may be notified, each once: with sessions a person has several personal chats."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, func, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from samples.shared.conversations import Conversation, Conversations

_IDS = (Conversation.user_id, Conversation.aad_object_id)


def each_to_notify(conversations: Conversations) -> Iterator[Conversation]:
    """One personal chat of each person who may be notified, in the order of the chats' IDs.

    Of several rows of a person it is the first, each time the same. Somebody who opted out or
    blocked the bot in one of them gets nothing in the others.
    """
    left_out = _left_out(conversations)
    for chat in conversations.each("personal"):
        if chat.can_notify and (chat.tenant_id, chat.id) not in left_out:
            yield chat


def _left_out(conversations: Conversations) -> set[tuple[str, str]]:
    """The rows that are not sent to, of people who have several; few have."""
    by_person: dict[tuple[str, str], list[Conversation]] = {}
    for chat in conversations.each("personal", or_(*map(_repeated, _IDS))):
        known = {id(found): found for key in _keys(chat) if (found := by_person.get(key))}
        theirs = [chat, *(row for rows in known.values() for row in rows)]
        by_person |= {key: theirs for row in theirs for key in _keys(row)}
    left_out = set()
    for rows in by_person.values():
        rows.sort(key=lambda row: row.id)
        silent = not all(row.can_notify for row in rows)
        left_out |= {(row.tenant_id, row.id) for row in (rows if silent else rows[1:])}
    return left_out


def _keys(chat: Conversation) -> list[tuple[str, str]]:
    return [(chat.tenant_id, one) for one in (chat.user_id, chat.aad_object_id) if one]


def _repeated(column: InstrumentedAttribute[str | None]) -> ColumnElement[bool]:
    """Whether several rows have the same value in a column that identifies a person."""
    whose = (Conversation.tenant_id, column)
    several = (
        select(*whose)
        .where(Conversation.kind == "personal", column.is_not(None))
        .group_by(*whose)
        .having(func.count() > 1)
    )
    return tuple_(*whose).in_(several)
