"""Faults that you let Local Teams have: throttling, errors, slowness, lost connections."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from ...facts import refusal, refusals
from .exchange import Refused, Request


@dataclass
class Fault:
    """What happens to the next requests, instead of an answer or after it.

    A fault with nothing but a `delay` only makes the answer slow.

    Attributes:
        status: the status of the answer, whose body is that of Teams (facts.toml, errors): 412,
            429, 500, 502, 503, 504 or that of any other row; 0 for the true answer.
        code: selects the row when several have this status; when empty the one without a code, or
            else the first.
        retry_after: the value of the header Retry-After, in seconds; None omits the header.
        delay: how many seconds the answer takes.
        drop: whether the connection is closed in place of an answer.
        after: whether Teams first does what the request says. Then the message has arrived
            although the bot gets an error: sent again, it arrives twice.
        method: strikes only these requests, for example POST; empty strikes every one.
        path: strikes only requests with this text in their percent-decoded path; empty strikes
            every one.
        times: how many requests it strikes; 0 for all, until it is cleared.
    """

    status: int = 0
    code: str = ""
    retry_after: float | None = None
    delay: float = 0.0
    drop: bool = False
    after: bool = False
    method: str = ""
    path: str = ""
    times: int = 1

    def as_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    def strikes(self, request: Request) -> bool:
        return self.method in ("", request.method) and self.path in unquote(request.path)

    def refusal(self) -> Refused:
        """The answer in place of the true one."""
        row = refusal(self.status, self.code) or next(
            r for r in refusals() if r.status == self.status
        )
        refused = Refused(row.status, row.code, row.text)
        if self.retry_after is not None:
            refused.headers["Retry-After"] = f"{self.retry_after:g}"
        return refused


def fault(payload: Mapping[str, Any]) -> Fault:
    """A fault from JSON: the attributes of Fault, all of them optional.

    Raises:
        ValueError: a fault has no such attribute, or not with this value; the message names it.
    """
    kinds = {field.name: str(field.type) for field in dataclasses.fields(Fault)}
    for name, value in payload.items():
        if name not in kinds:
            raise ValueError(f"A fault has no {name!r}. It has: {', '.join(kinds)}")
        if not _fits(value, kinds[name]):
            raise ValueError(f"{name} of a fault is {kinds[name]}, not {value!r}")
    made = Fault(**payload)
    known = [row for row in refusals() if row.status == made.status]
    if made.status and not known:
        raise ValueError(
            f"Teams answers no {made.status}. It answers: "
            + ", ".join(str(status) for status in sorted({row.status for row in refusals()}))
        )
    if made.code and made.code not in [row.code for row in known]:
        raise ValueError(
            f"There is no {made.status} {made.code!r}. There are: "
            + ", ".join(f"{row.status} {row.code}" for row in known)
        )
    return made


def _fits(value: Any, kind: str) -> bool:
    match kind:
        case "bool":
            return isinstance(value, bool)
        case "str":
            return isinstance(value, str)
        case "int":
            return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if value is None:
        return kind.endswith("None")
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 3600


def next_fault(faults: list[Fault], request: Request) -> Fault | None:
    """The first fault that strikes this request, or None; removes it after its last time."""
    for found in faults:
        if found.strikes(request):
            if found.times:
                found.times -= 1
                if not found.times:
                    faults.remove(found)
            return found
    return None
