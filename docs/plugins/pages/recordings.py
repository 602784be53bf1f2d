"""What a recorded run did: what it printed, what arrived, what went over the wire."""

from __future__ import annotations

import html
import json
import re
from typing import Any

from samples.facts import Refusal, named_rows
from samples.runner.files import ROOT
from samples.runner.registry import find
from samples.runner.report import gist

RECORDED = ROOT / "docs" / "recorded"


def recorded(name: str) -> str:
    """What a run of a sample printed, what arrived, and (folded) what went over the wire.

    A run in the page replaces it: docs/assets/run/run.js.
    """
    payload = json.loads(find(name).recording.read_text("utf-8"))
    printed = payload["printed"].rstrip() or "(prints nothing)"
    parts = [f'```text {{title="make run SAMPLE={name}"}}\n{printed}\n```']
    parts += _conversations(payload["arrived"])
    requests = len(payload["wire"])
    if not requests:
        return "\n\n".join([f'<div data-recorded="{name}" markdown>', *parts, "</div>"])
    wire = [f'??? note "On the wire: {requests} request{"" if requests == 1 else "s"}"']
    for exchange in payload["wire"]:
        wire.append(f"    `{exchange['method']} {exchange['path']}`")
        if exchange["body"] is not None:
            wire.append(_indented_json("Request body", exchange["body"]))
        wire.append(_indented_json(f"Answer: {exchange['status']}", exchange["answer"]))
    return "\n\n".join([f'<div data-recorded="{name}" markdown>', *parts, *wire, "</div>"])


ALL_SHOWN = 2  # of more conversations, one is shown, and the others are folded


def _conversations(arrived: list[dict[str, Any]]) -> list[str]:
    """What arrived, of which a page shows enough to see how it looks."""
    drawn = [_conversation(one) for one in arrived]
    if len(drawn) <= ALL_SHOWN:
        return drawn
    names = html.escape(", ".join(one["title"] for one in arrived[1:]))
    summary = f"<summary>What arrived elsewhere: {names}</summary>"
    return [drawn[0], f'<details class="more">{summary}{"".join(drawn[1:])}</details>']


def side_by_side(shown: dict[str, str]) -> str:
    """The first chat of several recordings, in columns, so that they can be compared.

    Args:
        shown: the sample of each column, by its heading.
    """
    columns = []
    for heading, name in shown.items():
        payload = json.loads(find(name).recording.read_text("utf-8"))
        heading = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", html.escape(heading))
        columns.append(f"<div><p>{heading}</p>{_conversation(payload['arrived'][0])}</div>")
    label = html.escape(", ".join(shown.values()))
    opening = f'<div class="side-by-side" role="region" aria-label="{label}" tabindex="0">'
    return f"{opening}{''.join(columns)}</div>"


def _conversation(arrived: dict[str, Any]) -> str:
    """A conversation for teams-conversation.js, with plain text inside for who has no scripts."""
    data = template({key: arrived[key] for key in ("title", "kind", "messages")})
    plain = "<br>".join(
        f"{html.escape(m['from']['name'])}: {html.escape(gist(m))}" for m in arrived["messages"]
    )
    return (
        '<div class="arrived"><teams-conversation>'
        f"<p><strong>{html.escape(arrived['title'])}</strong><br>{plain}</p>"
        f"{data}</teams-conversation></div>"
    )


def template(payload: Any) -> str:
    """Data for a script of the page. Material's instant navigation runs whatever is in a script
    element, also data."""
    return f"<template>{html.escape(json.dumps(payload, ensure_ascii=False))}</template>"


def _json(label: str, body: Any) -> str:
    text = json.dumps(body, indent=2, ensure_ascii=False)
    return f'```json {{title="{label}"}}\n{text}\n```'


def _indented_json(label: str, body: Any) -> str:
    return "\n".join(f"    {line}" for line in _json(label, body).splitlines())


def provoked() -> str:
    """Each row of the table of errors as a test provoked it: what went out, what came back."""
    payload = json.loads((RECORDED / "errors" / "provoked.json").read_text("utf-8"))
    return "\n\n".join(_provoked(name, row, payload[name]) for name, row in named_rows().items())


def _provoked(anchor: str, row: Refusal, done: dict[str, Any]) -> str:
    """One row: what went out, what came back, and what delivery.py decides."""
    title = html.escape(f"{row.status or ''} {row.code}".strip())
    parts = [
        f'<details class="note" id="{anchor}" markdown>',
        f"<summary>{title}: {html.escape(done['how'])}</summary>",
        *(_exchange(done) if "path" in done else ["Nothing went out to Teams."]),
    ]
    failure = done["failure"]
    sent_again = [choice for choice, sent in done["again"].items() if sent]
    decided = [
        f"status         {failure['status']}",
        f"code           {failure['code']}",
        f"retry_after    {failure['retry_after']}",
        f"maybe_arrived  {failure['maybe_arrived']}",
        f"action         {done['action']}",
        f"sent again     {_AGAIN[len(sent_again)]}",
        "",
        done["said"],
    ]
    parts.append("\n".join(['```text {title="What delivery.py decides"}', *decided, "```"]))
    return "\n\n".join([*parts, "</details>"])


def _exchange(done: dict[str, Any]) -> list[str]:
    """A request with its answer, or without one."""
    parts = [f"`{done['method']} {done['path']}`"]
    if done["body"] is not None:
        parts.append(_json("What went out", done["body"]))
    wait = f", Retry-After: {done['retry_after']}" if done["retry_after"] else ""
    if done["status"] is None:
        return [*parts, "No answer came back."]
    if done["answer"] is None:
        return [*parts, f"What came back: `{done['status']}`{wait}, without a body."]
    return [*parts, _json(f"What came back: {done['status']}{wait}", done["answer"])]


_AGAIN = {0: "no", 1: 'only if_unsure="send again"', 2: "yes"}
