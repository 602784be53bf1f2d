"""The one way of a request through a service: faults, the call, limits, the response."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ..model.exchange import Refused, Request, Response
from ..model.faults import Fault, next_fault
from ..model.limits import Limits
from ..model.world import World
from .address import Address

# The status and the body of an answer, and headers that this answer alone has.
Answer = tuple[int, Any] | tuple[int, Any, Mapping[str, str]]


class Call(NamedTuple):
    """A request that a service recognized and that the caller may make.

    Attributes:
        wait: counts the call for the limits; gives 0, or the seconds to wait.
        run: does what the call says; raises Refused.
    """

    wait: Callable[[Limits], int]
    run: Callable[[], Answer]


class Service(ABC):
    """One request to a service of Teams.

    Args:
        address: of the request.

    Attributes:
        headers: of every answer to this request.
    """

    headers: Mapping[str, str]

    def __init__(self, world: World, request: Request, address: Address) -> None:
        self.world, self.request, self.address = world, request, address

    def answer(self) -> Response:
        """Do what the request asks, and answer as the service answers."""
        fault = next_fault(self.world.faults, self.request) if self.world.faults else None
        more: Mapping[str, str] = {}
        try:
            if fault and fault.status and not fault.after:
                raise self.fault_refusal(fault)
            if fault and fault.drop and not fault.after:
                status, body = 0, None
            else:
                status, body, *rest = self._perform()
                more = rest[0] if rest else {}
            if fault and fault.status and fault.after:
                raise self.fault_refusal(fault)
        except Refused as refused:
            status, body, more = refused.status, self.refusal_body(refused), refused.headers
        if body is None:
            more = {**more, "Content-Type": ""}
        headers = {name: value for name, value in {**self.headers, **more}.items() if value}
        return Response(
            status,
            headers,
            b"" if body is None else json.dumps(body, ensure_ascii=False).encode(errors="replace"),
            delay=fault.delay if fault else 0.0,
            dropped=fault is not None and fault.drop,
        )

    def _perform(self) -> Answer:
        call = self.find()
        if self.world.limits and (seconds := call.wait(self.world.limits)):
            throttled = self.throttled()
            throttled.headers["Retry-After"] = str(seconds)
            raise throttled
        return call.run()

    @abstractmethod
    def find(self) -> Call:
        """The call that the request makes.

        Raises:
            Refused: the service has no such call, its body is wrong, or the caller may not make it.
        """

    @abstractmethod
    def throttled(self) -> Refused:
        """The refusal of a call that the limits do not allow yet."""

    @abstractmethod
    def fault_refusal(self, fault: Fault) -> Refused:
        """The refusal that a fault asks for."""

    @abstractmethod
    def refusal_body(self, refused: Refused) -> Any:
        """The body of a refusal; None for no body."""
