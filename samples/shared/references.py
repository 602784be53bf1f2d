"""Convert stored conversation references, so that any of the three SDKs can send to them.

    python -m samples.shared.references TENANT_ID < old.jsonl > new.jsonl

Each line is one reference as JSON, as botbuilder, the Agents SDK or the Teams SDK stored it. What
is wrong with a line is said with its number, and the line is left out.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from samples.shared.service_urls import is_allowed


class ReferenceRefused(ValueError):
    """A stored reference cannot be converted; the message says why, and what to do."""


def convert(stored: str, *, tenant_id: str = "") -> dict[str, Any]:
    """Read a reference that any of the SDKs stored, and write it so that all of them can read it.

    botbuilder reads and writes the tenant as `tenantID`, and Teams and its successors as
    `tenantId`: a reference that botbuilder stored from an activity has no tenant at all.

    Args:
        stored: the reference as JSON; of the Agents SDK also the item that its storage has.
        tenant_id: the tenant of references that have none, a GUID.

    Returns:
        What to store as JSON: `bot`, `channelId`, `conversation`, `serviceUrl`, and `user` where
        there is one. The tenant has both names.

    Raises:
        ReferenceRefused: it is not the JSON of a reference, or something that sending needs is
            missing or wrong.
    """
    try:
        found = json.loads(stored)
    except ValueError as error:
        raise ReferenceRefused(f"It is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise ReferenceRefused("It is not a JSON object.")
    found = found.get("conversation_reference", found)  # in an item of the Agents SDK's storage
    conversation = {k: v for k, v in (found.get("conversation") or {}).items() if v is not None}
    if not conversation.get("id"):
        raise ReferenceRefused("It has no conversation ID, so it is not a conversation reference.")
    if found.get("channelId") != "msteams":
        raise ReferenceRefused(f"Its channel is {found.get('channelId')!r}, not msteams.")
    url = found.get("serviceUrl") or ""
    if not is_allowed(url, signed_in=False):
        raise ReferenceRefused(f"{url[:200]!r} is not a service URL of Teams.")
    bot = found.get("bot") or found.get("agent") or {}
    if not str(bot.get("id", "")).startswith("28:"):
        raise ReferenceRefused(f"The bot is {bot.get('id')!r}; its ID in Teams starts with 28:.")
    tenant_id = conversation.get("tenantId") or conversation.get("tenantID") or tenant_id
    if not tenant_id:
        raise ReferenceRefused("It has no tenant. Name it: from channelData.tenant.id, or Entra.")
    written = {
        "channelId": "msteams",
        "serviceUrl": url,
        "bot": {"id": bot["id"]},
        "conversation": {**conversation, "tenantId": tenant_id, "tenantID": tenant_id},
    }
    user = {k: v for k, v in (found.get("user") or {}).items() if v is not None}
    return written | ({"user": user} if user.get("id") else {})


def convert_all(lines: Iterable[str], *, tenant_id: str = "") -> Iterator[str | ReferenceRefused]:
    """Convert each line that is not blank to a line, or to what is wrong with it."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield json.dumps(convert(line, tenant_id=tenant_id))
            except ReferenceRefused as refused:
                yield ReferenceRefused(f"Line {number}: {refused}")


def main() -> None:
    tenant_id = sys.argv[1] if len(sys.argv) > 1 else ""
    refused = 0
    for result in convert_all(sys.stdin, tenant_id=tenant_id):
        if isinstance(result, ReferenceRefused):
            refused += 1
            print(result, file=sys.stderr)
        else:
            print(result)
    if refused:
        raise SystemExit(f"{refused} references were left out.")


if __name__ == "__main__":
    main()
