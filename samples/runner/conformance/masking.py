"""Masks answers, so that a recording names nobody: it says only what kind of value was there.

What is not known to be safe is masked: of an answer remain its fields, its error codes, and the
words of its error messages.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from samples.facts import facts
from samples.runner.conformance.asking import NOT_JSON, Answer

# Headers that tell services apart, and those of which only the presence does.
HEADERS = (
    "Content-Type",
    "Server",
    "WWW-Authenticate",
    "Allow",
    "Location",
    "Retry-After",
    "MS-CV",
)
_PRESENT = {"Location", "Retry-After", "MS-CV"}
_HARMLESS = {
    "Content-Type": re.compile(r"[a-z]+/[a-z.+-]+(; ?charset=[a-z0-9-]+)?", re.IGNORECASE),
    "Server": re.compile(r"[a-z]+(-[a-z]+)*/\d+(\.\d+)*", re.IGNORECASE),
    "Allow": re.compile(r"[A-Z]+(, ?[A-Z]+)*"),
}
# Fields whose values are words of Teams, and not of a tenant.
_CODES = {"code", "subCode", "errorCode", "errorSubCode", "error", "userRole"}
_MESSAGES = {"message", "details", "error_description"}
_FIELD = re.compile(r"[A-Za-z_@$][A-Za-z_@$.]{0,39}")
_GUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_ID = re.compile(r"(?P<kind>29|28|19|8|48|a):[^\s\"'<>,]+", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s\"'<>]+", re.IGNORECASE)
_PARTS = (
    (re.compile(r"[^\s\"'<>@]+@[^\s\"'<>@]+"), "<address>"),
    (re.compile(_GUID), "<guid>"),
    (re.compile(r"(?<![\w>])([\"'‘“«])[^\"'’”»<>]+([\"'’”»])"), r"\1<text>\2"),
    (re.compile(r"(?<![\w<])(?=[\w+/=-]*\d)[\w+/=-]{12,}"), "<id>"),
    (re.compile(r"\d{3,}"), "<number>"),
)
_WORD = re.compile(r"(?<![<\w])[^\W\d_]+")
_SHORTEST = 3  # letters of a value that is looked for in messages


class Mask:
    """Masks the answers of one side.

    Args:
        known: the values of the run, by name; one that comes back shows as `<name>`.
        secrets: more values that must not be seen, such as the token.
    """

    def __init__(self, known: Mapping[str, str], secrets: Iterable[str] = ()) -> None:
        # The longest first: an ID may be part of another.
        self._names = dict(
            sorted(
                ((value.lower(), name) for name, value in known.items() if len(value) > 2),
                key=lambda pair: -len(pair[0]),
            )
        )
        self.secrets = {value for value in (*known.values(), *secrets) if len(value) >= _SHORTEST}

    def learn(self, answer: Answer) -> None:
        """Note what an answer says of the tenant, to find it in the messages of others."""
        self.secrets |= {text for text in _private(answer.body) if len(text) >= _SHORTEST}

    def answer(self, answer: Answer) -> dict[str, Any]:
        """The status, the telling headers and the body of an answer, masked."""
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return {
            "status": answer.status,
            "headers": {
                name: "<present>" if name in _PRESENT else self._header(name, headers[name.lower()])
                for name in HEADERS
                if name.lower() in headers
            },
            "body": NOT_JSON if answer.body == NOT_JSON else self._masked("", answer.body),
        }

    def _header(self, name: str, value: str) -> str:
        harmless = name in _HARMLESS and _HARMLESS[name].fullmatch(value)
        return value if harmless else self._scrub(value)

    def _masked(self, field: str, value: Any, *, named: bool = True) -> Any:
        if isinstance(value, dict):
            return {
                self._field(key): self._masked(key, part, named=named)
                for key, part in value.items()
            }
        if isinstance(value, list):
            # How many there are, and which of them the probes name, differs between tenants.
            kinds = [self._masked(field, part, named=False) for part in value]
            return [kind for n, kind in enumerate(kinds) if kind not in kinds[:n]]
        if isinstance(value, bool | None):
            return value
        if isinstance(value, int | float):
            return value if field in _CODES else "<number>"
        return self._text(field, value, named=named)

    def _text(self, field: str, text: str, *, named: bool) -> str:
        if named and text.lower() in self._names:
            return f"<{self._names[text.lower()]}>"
        if (
            field in _CODES
            and _FIELD.fullmatch(text.replace(" ", ""))
            and not self._is_secret(text)
        ):
            return text
        if field not in _MESSAGES | _CODES:
            return _kind(text)
        if text.lstrip().startswith("{"):
            try:
                return json.dumps(self._masked("", json.loads(text), named=named))
            except (ValueError, RecursionError):
                return "<text>"
        return _only_known_words(self._scrub(text))

    def _field(self, name: str) -> str:
        return name if _FIELD.fullmatch(name) and name.lower() not in self._names else "<field>"

    def _is_secret(self, text: str) -> bool:
        return text.lower() in {secret.lower() for secret in self.secrets}

    def _scrub(self, text: str) -> str:
        text = _URL.sub("<url>", text)
        for value, name in self._names.items():
            text = re.sub(re.escape(value), f"<{name}>", text, flags=re.IGNORECASE)
        text = _ID.sub(lambda found: f"{found['kind']}:<id>", text)
        for secret in sorted(self.secrets, key=len, reverse=True):
            text = re.sub(_as_word(secret), "<text>", text, flags=re.IGNORECASE)
        for pattern, instead in _PARTS:
            text = pattern.sub(instead, text)
        return text


def leaks(recording: Any, secrets: Iterable[str], harmless: str = "") -> list[str]:
    """The values that a recording must not have, and has: the last check before it is written.

    Args:
        harmless: a text with the words that every recording has.
    """
    there, harmless = "\n".join(_all_texts(recording)), harmless.lower()
    return [
        secret
        for secret in secrets
        if len(secret) > _SHORTEST
        and secret.lower() not in harmless
        and re.search(_as_word(secret), there, re.IGNORECASE)
    ]


def _kind(text: str) -> str:
    """What kind of value a text is."""
    if found := _ID.fullmatch(text):
        thread = ";messageid=<number>" if ";messageid=" in text else ""
        return f"{found['kind']}:<id>{thread}"
    if re.fullmatch(_GUID, text):
        return "<guid>"
    if re.fullmatch(r"\d+", text):
        return "<number>"
    if re.match(r"https?://", text):
        return "<url>"
    return "<text>" if text else ""


def _only_known_words(text: str) -> str:
    """Without capitalized words that no error of Teams has: they may be names."""
    return _WORD.sub(lambda found: found[0] if _is_usual(found[0]) else "<word>", text)


def _is_usual(word: str) -> bool:
    return word.islower() or word.lower() in _usual_words()


@cache
def _usual_words() -> frozenset[str]:
    rows = (row for table in ("errors", "graph_errors") for row in facts()[table])
    texts = (f"{row['text']} {row['code']}" for row in rows)
    return frozenset(word.lower() for text in texts for word in _WORD.findall(text))


def _as_word(secret: str) -> str:
    return rf"(?<!\w){re.escape(secret)}(?!\w)"


def _private(part: Any, field: str = "") -> Iterator[str]:
    """The texts of an answer that are not words of Teams."""
    if isinstance(part, dict):
        for key, inner in part.items():
            yield from _private(inner, key)
    elif isinstance(part, list):
        for inner in part:
            yield from _private(inner, field)
    elif isinstance(part, str) and field and field not in _MESSAGES | _CODES:
        yield part


def _all_texts(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for key, inner in part.items():
            yield key
            yield from _all_texts(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _all_texts(inner)
    elif isinstance(part, str):
        yield part
