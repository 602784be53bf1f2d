"""Show what a broadcast would send, and how long it would take, without sending."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from samples.shared.bulk.message import Message
from samples.shared.bulk.pace import Pace
from samples.shared.bulk.rows import New
from samples.shared.printing import one_line


def show(message: Message, recipients: Iterable[New], rate: float) -> int:
    """Print the number of recipients and requests, the time, and the first recipient's message.

    Args:
        rate: requests a second in each tenant.

    Returns:
        The exit status.

    Raises:
        ValueError: a recipient or the rate is wrong.
    """
    first: New | None = None
    number, requests = 0, Counter[str]()
    for recipient in recipients:
        first = first or recipient
        number += 1
        # A chat that is not known is created first.
        requests[recipient.tenant_id] += 1 if recipient.data["conversation_id"] else 2
    time = timedelta(seconds=math.ceil(max(requests.values(), default=0) / Pace(rate).rate))
    print(f"{number:,} recipients, {requests.total():,} requests, {len(requests):,} tenants.")
    print(f"At {rate:g} requests a second in each tenant that takes {time}.")
    if first:
        shown = message.to(first.data["fields"]).serialize()
        print(
            f"{one_line(first.name)} would get:\n{json.dumps(shown, indent=2, ensure_ascii=False)}"
        )
    print("Nothing was sent, and nothing was stored.")
    return 0
