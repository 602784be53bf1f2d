"""Who gets a message: everyone whose chat the bot keeps, or a list of Entra object IDs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from samples.shared.bulk.lists import Listed
from samples.shared.bulk.message import Message
from samples.shared.bulk.rows import New
from samples.shared.conversations import Conversation, Conversations
from samples.shared.each_person import each_to_notify

BATCH = 500  # IDs in one query: databases limit the values of a query


def everyone(conversations: Conversations, message: Message) -> Iterator[New]:
    """Everyone whose personal chat the bot keeps, except who opted out or blocked the bot.

    Raises:
        ValueError: somebody lacks a field of the message.
    """
    for chat in each_to_notify(conversations):
        yield _known(chat, message, {})


def listed(
    people: Iterable[Listed],
    conversations: Conversations,
    message: Message,
    *,
    tenant_id: str,
    service_url: str,
) -> Iterator[New]:
    """Everyone in a list; each column of the list is a field of the message.

    People whose chat is kept get the message there, or not at all when they opted out or blocked
    the bot. For the others the chat is created, which costs one more request.

    Args:
        people: the list, for example from `read_list`.
        tenant_id: of these people, a GUID.
        service_url: the address of Teams, for people whose chat is not kept.

    Raises:
        ValueError: the list is wrong, or somebody lacks a field of the message.
    """
    waiting = iter(people)
    while some := list(islice(waiting, BATCH)):
        known = conversations.people(tenant_id, [one.aad_object_id for one in some])
        for one in some:
            person = one.aad_object_id
            if person not in known:
                address = _address(service_url, "", person)
                name = one.fields.get("name") or person
                yield _new(tenant_id, person, name, address, message, one.fields, one.where)
            elif known[person].can_notify:
                yield _known(known[person], message, one.fields, one.where)


def _known(chat: Conversation, message: Message, fields: Mapping[str, str], where: str = "") -> New:
    person = chat.aad_object_id or chat.user_id or ""
    address = _address(chat.service_url, chat.id, person)
    name = fields.get("name") or chat.user_name or ""
    fields = {**fields, "name": name}
    # The object ID where there is one, so that a list and the store do not reach somebody twice.
    key = chat.aad_object_id or chat.id
    return _new(chat.tenant_id, key, name or key, address, message, fields, where)


def _address(service_url: str, conversation_id: str, person: str) -> dict[str, str]:
    return {
        "service_url": service_url,
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
    where: str,
) -> New:
    if missing := message.missing(fields):
        who = f"{where}: {name}" if where else name
        raise ValueError(
            f"{who} has no {' and no '.join(sorted(missing))}, which the message needs. "
            f"Add it, or write what stands there without one: ${{{min(missing)}|...}}"
        )
    used = {field: fields[field] for field in message.fields if fields.get(field)}
    return New(tenant_id, key, name, {**address, "fields": used})
