"""Who gets it: everyone whose chat the bot keeps, or a list of Entra object ids."""

from __future__ import annotations

import csv
import uuid
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TextIO

from samples.broadcast.message import Message
from samples.conversations import Conversation, Conversations
from samples.outbox import New

AT_A_TIME = 500  # ids that are looked up at a time: databases limit the values of a query


def everyone(conversations: Conversations, message: Message) -> Iterator[New]:
    """Everyone whose personal chat the bot keeps, except who opted out.

    Raises:
        ValueError: somebody lacks a field of the message.
    """
    for chat in conversations.each("personal"):
        if not chat.opted_out:
            yield _known(chat, message, {})


def listed(
    file: TextIO,
    conversations: Conversations,
    message: Message,
    *,
    tenant_id: str,
    service_url: str,
    bot_id: str,
) -> Iterator[New]:
    """Whom a CSV file lists, by the column aad_object_id; every column is a field.

    Who is known is written to in the chat that is kept, or not at all when they opted out. For the
    others the chat is created, which takes one request more.

    Args:
        tenant_id: theirs, a GUID.
        service_url: where Teams is, for those whose chat is not kept.
        bot_id: `28:` and the app id.

    Raises:
        ValueError: the column is missing, an id is none, or somebody lacks a field of the message.
    """
    rows = csv.DictReader(file)
    if "aad_object_id" not in (rows.fieldnames or ()):
        there = ", ".join(rows.fieldnames or ()) or "no columns"
        raise ValueError(f"{file.name} needs a column aad_object_id. There are: {there}")
    numbered = ((rows.line_num, _whole(row)) for row in rows)
    while some := list(islice(numbered, AT_A_TIME)):
        ids = [_object_id(row.get("aad_object_id", ""), f"{file.name}:{at}") for at, row in some]
        known = conversations.people(tenant_id, ids)
        for person, (_, fields) in zip(ids, some, strict=True):
            if person not in known:
                address = _address(service_url, bot_id, "", person)
                name = fields.get("name") or person
                yield _new(tenant_id, person, name, address, message, fields)
            elif not known[person].opted_out:
                yield _known(known[person], message, fields)


def _whole(row: Mapping[str | None, str | None]) -> dict[str, str]:
    """A row without what is too much in it, and where it is too short with nothing in its place."""
    return {column: value or "" for column, value in row.items() if column}


def _object_id(text: str, where: str) -> str:
    try:
        return str(uuid.UUID(text.strip()))
    except ValueError:
        raise ValueError(
            f"{where}: {text!r} is no Entra object id, which is a GUID. "
            "Teams takes no mail address and no user principal name."
        ) from None


def _known(chat: Conversation, message: Message, fields: Mapping[str, str]) -> New:
    person = chat.aad_object_id or chat.user_id or ""
    address = _address(chat.service_url, chat.bot_id, chat.id, person)
    name = fields.get("name") or chat.user_name or ""
    fields = {**fields, "name": name}
    # The object id where there is one: so a list and the store do not write to somebody twice.
    key = chat.aad_object_id or chat.id
    return _new(chat.tenant_id, key, name or key, address, message, fields)


def _address(service_url: str, bot_id: str, conversation_id: str, person: str) -> dict[str, str]:
    return {
        "service_url": service_url,
        "bot_id": bot_id,
        "conversation_id": conversation_id,
        "person": person,
    }


def _new(
    tenant_id: str,
    key: str,
    name: str,
    address: Mapping[str, str],
    message: Message,
    fields: Mapping[str, str],
) -> New:
    if missing := message.missing(fields):
        raise ValueError(
            f"{name} has no {' and no '.join(sorted(missing))}, which the message needs. "
            f"Add it, or write what stands there without one: ${{{min(missing)}|...}}"
        )
    used = {field: fields[field] for field in message.fields if fields.get(field)}
    return New(tenant_id, key, name, {**address, "fields": used})
