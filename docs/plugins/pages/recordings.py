"""What a recorded run did: what it printed, what arrived, what went over the wire."""

from __future__ import annotations

import html
import json
import re
from typing import Any

from samples.facts import Refusal, named_rows
from samples.runner import registry
from samples.runner.files import ROOT
from samples.runner.registry import Sample, find
from samples.runner.report import gist

RECORDED = ROOT / "docs" / "recorded"
PROVOKED = "assets/wire/provoked.json"


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
    summary = f"On the wire: {requests} request{'' if requests == 1 else 's'}"
    wire = _wire(_wire_file(find(name)), "The requests with their answers, as JSON")
    fold = ['<details class="note" markdown>', f"<summary>{summary}</summary>", wire, "</details>"]
    return "\n\n".join([f'<div data-recorded="{name}" markdown>', *parts, *fold, "</div>"])


def sent(sample: Sample) -> str:
    """What a successor's sample sends, folded, or that it is what botbuilder's sends; empty for any
    other sample, whose recording is on its page."""
    like = registry.samples().get(sample.stem)
    if not sample.sdk or like is None:
        return ""
    wire, theirs = _recorded_wire(sample), _recorded_wire(like)
    if wire == theirs:
        same = "the same as with `botbuilder-core`, byte for byte" if wire else "nothing"
        return f"On the wire: {same}."
    link = f"[The requests with their answers, as JSON](/{_wire_file(sample)})"
    title = f"On the wire: {len(wire)} request{'' if len(wire) == 1 else 's'}"
    return f'??? note "{title}"\n\n    {link}\n    {{ data-wire="" }}'


def _recorded_wire(sample: Sample) -> list[Any]:
    return list(json.loads(sample.recording.read_text("utf-8"))["wire"])


def _wire(file: str, label: str, part: str = "") -> str:
    """Requests with their answers, for docs/assets/wire.js, which loads them when a reader opens
    the fold around it; without scripts, a link.

    Args:
        part: the one of several in the file.
    """
    return f'<div data-wire="{part}" markdown>\n\n[{label}](/{file})\n\n</div>'


def _wire_file(sample: Sample) -> str:
    """Where the site has what the recorded run of a sample sent and got."""
    return f"assets/wire/{sample.name}.json"


def wire_files() -> dict[str, str]:
    """Text by path in the site: what recorded runs sent and got, and what provoked the errors."""
    files: dict[str, Any] = {
        _wire_file(sample): _recorded_wire(sample) for sample in registry.everything()
    }
    files[PROVOKED] = _provocations()
    return {name: json.dumps(wire, ensure_ascii=False) for name, wire in files.items()}


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
        heading = re.sub(r"\*\*(.+?)\*\*", _named, html.escape(heading))
        columns.append(f"<div><p>{heading}</p>{_conversation(payload['arrived'][0])}</div>")
    label = html.escape(", ".join(shown.values()))
    opening = f'<div class="side-by-side" role="region" aria-label="{label}" tabindex="0">'
    return f"{opening}{''.join(columns)}</div>"


def _named(bold: re.Match[str]) -> str:
    return f'<strong id="{re.sub("[^a-z]+", "-", bold[1].lower()).strip("-")}">{bold[1]}</strong>'


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


def provoked() -> str:
    """Each row of the table of errors as a test provoked it: what went out, what came back."""
    payload = _provocations()
    return "\n\n".join(_provoked(name, row, payload[name]) for name, row in named_rows().items())


def _provocations() -> dict[str, Any]:
    return dict(json.loads((RECORDED / "errors" / "provoked.json").read_text("utf-8")))


def _provoked(anchor: str, row: Refusal, done: dict[str, Any]) -> str:
    """One row: what went out, what came back, and what delivery.py decides."""
    title = html.escape(f"{row.status or ''} {row.code}".strip())
    parts = [
        f'<details class="note" id="{anchor}" markdown>',
        f"<summary>{title}: {html.escape(done['how'])}</summary>",
        _wire(PROVOKED, "The request with its answer, among those of all errors", anchor)
        if "path" in done
        else "Nothing went out to Teams.",
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


_AGAIN = {0: "no", 1: 'only if_unsure="send again"', 2: "yes"}
