"""The probes: requests whose answers show whether Local Teams answers as Teams does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

MOST = 25  # requests to a real tenant in one run, without those that delete what was posted
_NAME = re.compile(r"\{([a-z_]+)\}")
# IDs of the right form that nobody has.
NO_USER = "29:1nobodynobodynobodynobodynobodynobodynobodyno"
NO_CHAT = "a:1nothingnothingnothingnothingnothingnothingnothing"
NO_MESSAGE = "1000000000000"
NO_MEMBER = "00000000-0000-4000-8000-000000000000"
CHAT, CHANNEL = "v3/conversations/{chat}/activities", "v3/conversations/{thread}/activities"
CARD = {
    "contentType": "application/vnd.microsoft.card.adaptive",
    "content": {
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [{"type": "TextBlock", "text": "Conformance probe: deleted at the end."}],
    },
}


@dataclass(frozen=True)
class Probe:
    """One request, as a template: `{user}` is the value with this name.

    Attributes:
        path: below the service URL.
        body: JSON, or a text that is sent as it is; None for no body.
        keep: values of the answer for later probes: the name of each, and its field.
        signed: whether the request has the bot's token.
    """

    name: str
    method: str
    path: str
    body: Any = None
    keep: Mapping[str, str] = field(default_factory=dict)
    signed: bool = True

    @property
    def names(self) -> set[str]:
        """The values that the request needs."""
        texts = [self.path, *_texts(self.body)]
        return {name for text in texts for name in _NAME.findall(text)}

    @property
    def is_raw(self) -> bool:
        """Whether the body is a text that is not JSON."""
        return isinstance(self.body, str)

    def path_with(self, values: Mapping[str, str]) -> str:
        return _NAME.sub(lambda found: quote(values[found[1]], safe=""), self.path)

    def body_with(self, values: Mapping[str, str]) -> bytes | None:
        """The body as it is sent."""
        if self.body is None:
            return None
        return (self.body if self.is_raw else json.dumps(_filled(self.body, values))).encode()

    def as_json(self) -> dict[str, Any]:
        """As a recording has it; `Probe(**…)` reads it."""
        return {
            "name": self.name,
            "method": self.method,
            "path": self.path,
            "body": self.body,
            "keep": dict(self.keep),
            "signed": self.signed,
        }


def probes(names: set[str], *, signed_in: bool) -> list[Probe]:
    """The probes for which there are values, in the order in which they run.

    Args:
        names: the values that the settings give.
        signed_in: whether the bot has a token; without one, nothing shows what a missing one does.
    """
    there, chosen = set(names), []
    for probe in _PROBES:
        if probe.names <= there and (probe.signed or signed_in):
            chosen.append(probe)
            there |= set(probe.keep)
    return chosen


def _said(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "message", "text": f"Conformance probe {name}: deleted at the end.", **more}


def _create(**more: Any) -> dict[str, Any]:
    tenant = {"tenantId": "{tenant}", "channelData": {"tenant": {"id": "{tenant}"}}}
    members = [{"id": "{user}"}]
    return {"isGroup": False, "bot": {"id": "{bot}"}, "members": members, **tenant, **more}


_MENTION = {"type": "mention", "text": "<at>Nobody</at>", "mentioned": {"id": NO_USER}}
_IN_CHANNEL = {"channel": {"id": "{channel}"}}
_CREATE = "v3/conversations"
_PROBES = (
    Probe("create chat", "POST", _CREATE, _create(), {"chat": "id"}),
    Probe("create the same chat", "POST", _CREATE, _create()),
    Probe("create chat without tenant", "POST", _CREATE, _create(tenantId=None, channelData=None)),
    Probe("create chat with nobody", "POST", _CREATE, _create(members=[{"id": NO_USER}])),
    Probe("create group", "POST", _CREATE, _create(isGroup=True)),
    Probe("send", "POST", CHAT, _said("send"), {"message": "id"}),
    Probe("send as reply", "POST", f"{CHAT}/{{message}}", _said("send as reply")),
    Probe("send card", "POST", CHAT, {"type": "message", "attachments": [CARD]}),
    Probe("send mention not in text", "POST", CHAT, _said("mention", entities=[_MENTION])),
    Probe("send nothing", "POST", CHAT, {"type": "message"}),
    Probe("send too much", "POST", CHAT, {"type": "message", "text": "{long}"}),
    Probe("send no JSON", "POST", CHAT, '{"type": "message"'),
    Probe("send typing", "POST", CHAT, {"type": "typing"}),
    Probe("send to no chat", "POST", f"v3/conversations/{NO_CHAT}/activities", _said("no chat")),
    Probe("update", "PUT", f"{CHAT}/{{message}}", _said("update")),
    Probe("update no message", "PUT", f"{CHAT}/{NO_MESSAGE}", _said("update no message")),
    Probe("delete", "DELETE", f"{CHAT}/{{message}}"),
    Probe("delete again", "DELETE", f"{CHAT}/{{message}}"),
    Probe("member", "GET", "v3/conversations/{chat}/members/{user}"),
    Probe("no member", "GET", f"v3/conversations/{{chat}}/members/{NO_MEMBER}"),
    Probe("members in pages", "GET", "v3/conversations/{chat}/pagedmembers"),
    Probe("send without token", "POST", CHAT, _said("without token"), signed=False),
    Probe(
        "create thread",
        "POST",
        _CREATE,
        {
            **{"isGroup": True, "bot": {"id": "{bot}"}, "channelData": _IN_CHANNEL},
            **{"tenantId": "{tenant}", "activity": _said("create thread")},
        },
        {"thread": "id", "thread_message": "activityId"},
    ),
    Probe("send in thread", "POST", CHANNEL, _said("send in thread")),
    Probe("channels", "GET", "v3/teams/{team}/conversations"),
)


def _texts(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict | list):
        for inner in part.values() if isinstance(part, dict) else part:
            yield from _texts(inner)


def _filled(part: Any, values: Mapping[str, str]) -> Any:
    if isinstance(part, str):
        return _NAME.sub(lambda found: values[found[1]], part)
    if isinstance(part, dict):
        return {key: _filled(inner, values) for key, inner in part.items()}
    return [_filled(inner, values) for inner in part] if isinstance(part, list) else part
