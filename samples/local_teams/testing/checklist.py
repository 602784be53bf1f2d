"""What breaks silently when a bot moves to another SDK, checked with the bot itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from ..server.wire import Exchange
from ..to_bot.courier import NotDelivered
from .local_teams import LocalTeams

WHO = "Barbara Liskov"  # who has not installed the app yet
ADA, GRACE = "Ada Lovelace", "Grace Hopper"  # who have
GROUP, CHANNEL = "Launch party", "Engineering/Releases"
RETRY_AFTER = 1.0  # seconds
BY_HAND = (
    "By hand: send one message to yourself in your tenant, from the machine that the bot will run "
    "on, to a converted reference.",
    "By hand: keep the old bot ready until the new one has received an activity from each kind of "
    "place.",
)
WAITS = "Sends again after a 429, when Retry-After is over."
UNSURE = "Does not send a message again that may have arrived."
MARKS = {True: "ok", False: "not ok", None: "not checked"}

Send = Callable[[], None]


@dataclass(frozen=True)
class Line:
    """One line of the checklist.

    Attributes:
        what: what is true of a bot that is ready.
        ok: whether it is; None when it was not checked.
        seen: what was seen instead, or why it was not checked.
        remedy: what to do about it.
    """

    what: str
    ok: bool | None
    seen: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        text = f"{MARKS[self.ok]:11}  {self.what}"
        if self.ok:
            return text
        more = [self.seen, f"Remedy: {self.remedy}" if self.remedy else ""]
        return "\n".join([text, *(f"{'':13}{one}" for one in more if one)])


class Tried(NamedTuple):
    """What came of having the bot send once: texts that arrived, and its requests to send."""

    arrived: list[str]
    requests: list[Exchange]


class Checklist:
    """Has the bot that is connected do what breaks silently, one thing after another.

    Args:
        send: has the bot send one message to Barbara Liskov.
        notifies: whether that is a program's call, which the bot gets without an activity.
        retry_after: the seconds that a 429 asks for.
        patience: how many seconds to wait for a message.
        settle: how many seconds to wait for one that should not come.
    """

    def __init__(
        self,
        teams: LocalTeams,
        send: Send,
        *,
        notifies: bool,
        retry_after: float = RETRY_AFTER,
        patience: float = 10.0,
        settle: float = 1.0,
    ) -> None:
        self._teams, self._send, self._notifies = teams, send, notifies
        self._retry_after, self._patience, self._settle = retry_after, patience, settle

    def lines(self) -> Iterator[Line]:
        """Check everything, and give a line for each as soon as it is known."""
        self._teams.deliveries.attempts = 1  # a bot that fails would get each activity again
        installed = self._accepts("Accepts an installation of the app.", WHO, "installs")
        yield installed
        if "No answer" in installed.seen:
            return
        yield self._accepts(
            "Accepts a new version of the app.",
            GRACE,
            "adds by upgrade",
            remedy="Teams sends add-upgrade, to which the Teams SDK answers 500. Rename it before "
            "the SDK reads it, as samples/teams_sdk/endpoint.py does.",
        )
        for place, where in (("a person", ""), ("a group chat", GROUP), ("a channel", CHANNEL)):
            text = f"<at>{self._teams.world.bot_name}</at> hello" if where else "hello"
            yield self._accepts(f"Accepts a message from {place}.", ADA, "says", where, text)
        sends = self._sends()
        yield sends
        if not sends.ok:
            return
        quiet = self._leaves_refused()
        yield quiet
        for what, check in ((WAITS, self._waits), (UNSURE, self._leaves_unsure)):
            yield check() if quiet.ok else Line(what, None, "Correct the line above first.")
        for what, stored in (
            ("Stops after a person blocked it.", self._stops_when_blocked),
            ("Stops after the app is removed.", self._forgets),
            ("Sends again after the app is installed anew.", self._returns),
        ):
            left_out = Line(what, None, "Name with --notify what has the bot send unasked.")
            yield stored(what) if self._notifies else left_out

    # -- what Teams sends --

    def _accepts(
        self, what: str, who: str, does: str, where: str = "", text: str = "", remedy: str = ""
    ) -> Line:
        try:
            self._teams.person(who).does(does, where, text=text)
        except NotDelivered as error:
            return Line(what, False, str(error), remedy or "The bot's own log says more.")
        return Line(what, True)

    # -- what the bot sends --

    def _sends(self) -> Line:
        what, tried = "Sends to the service URL of the conversation.", self._try()
        if tried.arrived:
            return Line(what, True)
        remedy = (
            "Without a service URL, the Teams SDK sends to the public cloud: store the URL of each "
            "conversation, and pass it. If your bot does not answer this, use --say or --notify."
        )
        return Line(
            what, False, "Nothing arrived; so the lines about sending are left out.", remedy
        )

    def _waits(self) -> Line:
        tried = self._try(status=429, retry_after=self._retry_after)
        if len(tried.arrived) != 1:
            seen = f"After a 429, {_messages(tried.arrived)} arrived."
            return Line(WAITS, False, seen, "No SDK retries. Use retrying(…), or your own.")
        waited = (tried.requests[-1].at - tried.requests[0].at).total_seconds()
        if waited < self._retry_after:
            seen = f"It waited {waited:.1f} s of {self._retry_after:g}."
            return Line(WAITS, False, seen, "Wait as long as the header Retry-After says.")
        return Line(WAITS, True)

    def _leaves_unsure(self) -> Line:
        remedy = "After a 502, or without an answer, leave it: retrying(if_unsure='leave')."
        for fault, name in (({"status": 502}, "a 502"), ({"drop": True}, "a lost answer")):
            tried = self._try(**fault, after=True)
            if len(tried.arrived) != 1:
                seen = f"After {name}, {_messages(tried.arrived)} arrived."
                return Line(UNSURE, False, seen, remedy)
        return Line(UNSURE, True)

    def _leaves_refused(self) -> Line:
        what = "Keeps an error to itself, and does not send again what Teams refused."
        tried = self._try(expected=0, status=403, code="MessageWritesBlocked")
        self._writes()
        if not tried.arrived:
            return Line(what, True)
        remedy = "Set adapter.on_turn_error: the Agents SDK's own posts the exception in the chat."
        return Line(what, False, f"After a 403, this arrived: {tried.arrived[0]!r}", remedy)

    # -- what the bot stores --

    def _stops_when_blocked(self, what: str) -> Line:
        self._teams.person(WHO).block()
        self._try(expected=0)  # by which the bot learns it
        tried = self._try(expected=0)
        self._teams.person(WHO).unblock()
        self._writes()
        if tried.requests:
            return Line(what, False, "It tried again.", "After MessageWritesBlocked, note it.")
        return Line(what, True)

    def _forgets(self, what: str) -> Line:
        with suppress(NotDelivered):
            self._teams.person(WHO).remove()
        if self._try(expected=0).requests:
            remedy = "On installationUpdate with the action remove, delete the reference."
            return Line(what, False, "It sent a request to the chat.", remedy)
        return Line(what, True)

    def _returns(self, what: str) -> Line:
        with suppress(NotDelivered):
            self._teams.person(WHO).install()
        if not self._try().arrived:
            remedy = "On installationUpdate with the action add, store the reference."
            return Line(what, False, "Nothing arrived.", remedy)
        return Line(what, True)

    # --

    def _writes(self) -> None:
        """Let the person write, by which a bot learns that it is not blocked any more."""
        with suppress(NotDelivered):
            self._teams.person(WHO).says("hello")

    def _try(self, expected: int = 1, **fault: Any) -> Tried:
        """Have the bot send once, under a fault, and wait for what comes of it."""
        self._teams.wait_until(lambda: False, seconds=self._settle / 2)  # what was on its way
        chat, wire = self._teams.chat(WHO), self._teams.wire
        before, requests = len(chat.texts), len(wire)
        if fault:
            self._teams.fault(method="POST", path="/activities", **fault)
        with suppress(NotDelivered, HTTPError):  # a bot may say that it could not send
            self._send()
        if expected:
            self._teams.wait_until(
                lambda: len(chat.texts) >= before + expected, seconds=self._patience
            )
        self._teams.wait_until(lambda: len(chat.texts) > before + expected, seconds=self._settle)
        self._teams.world.faults.clear()
        sent = [one for one in wire[requests:] if _sends_message(one)]
        return Tried(chat.texts[before:], sent)


def _sends_message(exchange: Exchange) -> bool:
    path = exchange.request.path
    return exchange.direction == "to Teams" and "/activities" in path


def _messages(arrived: list[str]) -> str:
    return f"{len(arrived) or 'no'} message{'' if len(arrived) == 1 else 's'}"


# -- how to have the bot send ----------------------------------------------------------------------


def saying(teams: LocalTeams, text: str) -> Send:
    """Have the bot send by saying something that it answers."""

    def send() -> None:
        teams.person(WHO).says(text)

    return send


def notifying(teams: LocalTeams, url: str, payload: str, headers: Iterable[str]) -> Send:
    """Have the bot send by a POST, as a program does.

    Args:
        payload: JSON, in which `{user}` becomes the Entra object ID of the person, and `{text}`
            becomes another text each time.
        headers: each as `Name: value`.

    Raises:
        ValueError: the payload is not JSON, or a header has no colon.
    """
    json.loads(payload)
    fields = {"Content-Type": "application/json"}
    for header in headers:
        name, colon, value = header.partition(":")
        if not colon:
            raise ValueError(f"{header!r} is not a header. Write it as Name: value")
        fields[name.strip()] = value.strip()
    count = 0

    def send() -> None:
        nonlocal count
        count += 1
        user = teams.person(WHO).aad_object_id
        body = payload.replace("{user}", user).replace("{text}", f"Message {count}")
        with urlopen(Request(url, body.encode(), fields), timeout=60):
            pass

    return send


# -- what was stored -------------------------------------------------------------------------------

CONVERT = "python -m samples.shared.references TENANT_ID < old.jsonl > new.jsonl"


def check_references(path: Path) -> Line:
    """Whether every reference of a file, one per line, can be sent to with each SDK.

    Raises:
        OSError: the file cannot be read.
    """
    what = "Every stored reference names its tenant as tenantId."
    lines = path.read_text("utf-8").splitlines()
    wrong = [number for number, line in enumerate(lines, 1) if line.strip() and not _is_whole(line)]
    if not wrong:
        return Line(what, True)
    numbers = ", ".join(map(str, wrong[:5])) + (", …" if len(wrong) > 5 else "")
    return Line(what, False, f"{path}: not in line {numbers}.", f"Convert them: {CONVERT}")


def _is_whole(line: str) -> bool:
    try:
        reference = json.loads(line)
        conversation = reference["conversation"]
        return all((conversation["id"], conversation["tenantId"], reference["serviceUrl"]))
    except (ValueError, KeyError, TypeError):
        return False
