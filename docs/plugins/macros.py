"""What pages call between double braces: samples, their recorded results, tables of facts."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from in_page import Missing, obstacle, parts
from installed import (
    fields_of,
    fields_sent,
    in_words,
    python_classifiers,
    repeated_statuses,
    sdk_attempts,
    threads_of,
)

from samples.facts import Refusal, facts, graph_refusals, named_rows, refusals
from samples.local_teams.model.world import contoso
from samples.runner import registry
from samples.runner.report import gist
from samples.runner.stories import read_story
from samples.shared.bulk.drain import AT_ONCE, PATIENCE
from samples.shared.bulk.outbox import THREADS
from samples.shared.bulk.pace import RATE
from samples.well.broadcast.workers import TENANTS

ROOT = Path(__file__).parents[2]


def define_env(env: Any) -> None:
    """Called by mkdocs-macros: every function here becomes a macro."""
    env.variables["facts"] = facts()
    env.variables["pace"] = round(RATE, 1)
    env.variables["tenants_a_worker"] = TENANTS
    env.variables["at_once"] = AT_ONCE
    env.variables["threads"] = THREADS
    env.variables["patience_minutes"] = int(PATIENCE / 60)
    for macro in (
        *(sample, story, recorded, errors, actions, provoked, sign_in_errors, limits, clouds),
        service_hosts,
        *(source, day, sessions, version, refusal_of, measured, bench, bench_of, profile),
        *(message_file, shown, span, broadcast_bench, broadcast_bench_of),
        *(plan, processor, cores, bytes_a_recipient),
        *(contoso_people, contoso_chats, contoso_teams),
        *(graph_permissions, graph_limits, graph_errors),
        *(shipped, playground, tenant_in_create),
        *(fields_of, fields_sent, in_words, sdk_attempts, repeated_statuses, threads_of),
        python_classifiers,
    ):
        env.macro(macro)


def sample(
    path: str, *, first: str = "", last: str = "", highlight: str = "", runs: bool = False
) -> str:
    """A file of samples/, whole, or from the line with `first` to the next with `last`.

    Args:
        path: the file below samples/, for example `to_person.py`.
        highlight: the line with this text is marked; `a…b` marks from it to the next with b.
        runs: whether the whole file can be run under a part of it, as it can under the whole.

    Raises:
        ValueError: a text is in no line, so that the build stops when a page and its sample part.
    """
    lines = (ROOT / "samples" / path).read_text("utf-8").splitlines()

    def find(text: str, start: int = 0) -> int:
        for number in range(start, len(lines)):
            if text in lines[number]:
                return number
        raise ValueError(f"samples/{path} has no line with {text!r} after line {start}")

    begin = find(first) if first else 0
    end = find(last, begin) if last else len(lines) - 1
    marked = ""
    if highlight:
        start, _, stop = highlight.partition("…")
        from_line = find(start, begin)
        to_line = find(stop, from_line) if stop else from_line
        marked = f' hl_lines="{from_line - begin + 1}-{to_line - begin + 1}"'
    shown = "\n".join(lines[begin : end + 1])
    language = "json" if path.endswith(".json") else "python"
    block = f'```{language} {{title="samples/{path}"{marked}}}\n{shown}\n```'
    return block if (first or last) and not runs else block + run_in_page(path)


def shipped() -> str:
    """The table of what Run in the page ships, with licenses, and where their texts are."""
    try:
        rows = parts()["shipped"]
    except Missing as missing:
        return f"This site was built without what runs code in the page: {missing}."
    lines = ["| What | Version | License | From |", "|---|---|---|---|"]
    lines += [
        f"| {r['name']} | {r['version']} | {_cell(r['license'])} | {r['from']} |" for r in rows
    ]
    link = '<a href="../../assets/run/licenses.txt">The texts of these licenses</a>'
    return "\n".join([*lines, "", f"{link}, as they come with each."])


def run_in_page(path: str) -> str:
    """Where the Run button of a sample goes, under its file; empty under a file that does not run.

    A sample that cannot run in the page has a line instead that says why, and the command.
    """
    sample = registry.at(path)
    if sample is None:
        return ""
    if sample.sdk:
        return _not_in_page(sample.name, "it needs pydantic-core, which is not plain Python")
    if reason := obstacle(sample):
        return _not_in_page(sample.name, reason)
    was = " ".join(sample.old_paths)
    data = f'data-run="{sample.name}" data-file="{path}" data-was="{was}"'
    return f'\n\n<div class="run" {data}></div>'


def _not_in_page(name: str, reason: str) -> str:
    return (
        f'\n\n<p class="run-not">This one does not run in the page: {reason}. '
        f"Run it on your machine: <code>make run SAMPLE={name}</code></p>"
    )


def playground(first: str) -> str:
    """Where the playground goes, with the samples that can be started in it and their stories.

    Args:
        first: the sample that is chosen until the reader chooses another.
    """
    offered = []
    for sample in sorted(registry.samples().values(), key=lambda sample: sample.name != first):
        if obstacle(sample):
            continue
        story = read_story(sample)
        steps = [
            {"number": number, "label": _step(step)}
            for number, step in enumerate(story.steps)
            if "wait" not in step
        ]
        if story.steps and not story.is_bot:
            steps.append({"number": len(story.steps), "label": f"Run {sample.name}"})
        offered.append(
            {
                "name": sample.name,
                "file": sample.path,
                "was": sample.old_paths,
                "says": sample.summary,
                "serves": bool(story.bot),
                "steps": steps,
            }
        )
    return (
        f'<div class="playground" data-playground>{_template(offered)}'
        "<p>The playground needs JavaScript. On your machine, <code>make local</code> does the "
        "same.</p></div>"
    )


def _step(step: dict[str, Any]) -> str:
    """A step of a story, as a button names it."""
    if step.get("restart"):
        return "Kill the bot and start it again"
    if "call" in step:
        names = {person.aad_object_id: person.name for person in contoso().people}
        values = map(str, step.get("json", {}).values())
        said = ", ".join(names.get(value, value) for value in values)
        refused = " and is refused" if step.get("expect", 200) >= 400 else ""
        return f"A program posts “{said}” to {step['call']}{refused}"
    where = f" in {step['where']}" if "where" in step else ""
    said = re.sub(r"<at>(.*?)</at>", r"@\1", step.get("text", ""))
    return f"{step['who']} {step['does']}{f' “{said}”' if said else ''}{where}"


def story(name: str) -> str:
    """The story of a sample: what people do in Teams while it runs."""
    file = registry.find(name).story
    told = file.read_text("utf-8").rstrip()
    return f'```toml {{title="{file.relative_to(ROOT).as_posix()}"}}\n{told}\n```'


def recorded(name: str) -> str:
    """What a run of a sample printed, what arrived, and (folded) what went over the wire.

    A run in the page replaces it: docs/assets/run/run.js.
    """
    told = json.loads((ROOT / "docs" / "recorded" / f"{name}.json").read_text("utf-8"))
    printed = told["printed"].rstrip() or "(prints nothing)"
    parts = [f'```text {{title="make run SAMPLE={name}"}}\n{printed}\n```']
    parts += [_conversation(arrived) for arrived in told["arrived"]]
    requests = len(told["wire"])
    wire = [f'??? note "On the wire: {requests} request{"" if requests == 1 else "s"}"']
    for exchange in told["wire"]:
        wire.append(f"    `{exchange['method']} {exchange['path']}`")
        if exchange["body"] is not None:
            wire.append(_indented_json("Request body", exchange["body"]))
        wire.append(_indented_json(f"Answer: {exchange['status']}", exchange["answer"]))
    return "\n\n".join([f'<div data-recorded="{name}" markdown>', *parts, *wire, "</div>"])


def _conversation(arrived: dict[str, Any]) -> str:
    """A conversation for teams-conversation.js, with plain text inside for who has no scripts."""
    data = _template({key: arrived[key] for key in ("title", "kind", "messages")})
    plain = "<br>".join(
        f"{html.escape(m['from']['name'])}: {html.escape(gist(m))}" for m in arrived["messages"]
    )
    return (
        '<div class="arrived"><teams-conversation>'
        f"<p><strong>{html.escape(arrived['title'])}</strong><br>{plain}</p>"
        f"{data}</teams-conversation></div>"
    )


def _template(told: Any) -> str:
    """Data for a script of the page. Material's instant navigation runs whatever is in a script
    element, also data."""
    return f"<template>{html.escape(json.dumps(told, ensure_ascii=False))}</template>"


def _json(label: str, body: Any) -> str:
    told = json.dumps(body, indent=2, ensure_ascii=False)
    return f'```json {{title="{label}"}}\n{told}\n```'


def _indented_json(label: str, body: Any) -> str:
    return "\n".join(f"    {line}" for line in _json(label, body).splitlines())


def errors() -> str:
    """The table of errors, from facts.toml; each row leads to how it was provoked."""
    return _refusals((f"[{r.status or 'none'}](#{name})", r) for name, r in named_rows().items())


def _refusals(table: Iterable[tuple[str, Refusal]]) -> str:
    rows = [
        "| Status | Code and text | When | Retry,<br>action | What to do |",
        "|---|---|---|---|---|",
    ]
    for status, row in table:
        said = "<br>".join(filter(None, [row.code and _code(row.code), _cell(row.text)])) or "–"
        retry = "yes" if row.retry else "no"
        remedy = f"{row.remedy} {source(row.source, short=True)}" if row.source else row.remedy
        rows.append(f"| {status} | {said} | {row.when} | {retry}<br>`{row.action}` | {remedy} |")
    return "\n".join(['<div class="errors" markdown>', "", *rows, "", "</div>"])


def _code(words: str) -> str:
    """Code that may go on in the next line before a capital: MemberNotFound|InConversation."""
    return f"<code>{re.sub('(?<=[a-z])(?=[A-Z])', '<wbr>', html.escape(words))}</code>"


def actions() -> str:
    """What each action of the errors table means."""
    rows = ["| Action | What a program does |", "|---|---|"]
    return "\n".join(
        [*rows, *(f"| `{name}` | {does} |" for name, does in facts()["actions"].items())]
    )


def provoked() -> str:
    """Each row of the table of errors as a test provoked it: what went out, what came back."""
    recorded = ROOT / "docs" / "recorded" / "errors" / "provoked.json"
    told = json.loads(recorded.read_text("utf-8"))
    blocks = []
    for anchor, row in named_rows().items():
        done = told[anchor]
        title = html.escape(f"{row.status or ''} {row.code}".strip())
        parts = [
            f'<details class="note" id="{anchor}" markdown>',
            f"<summary>{title}: {html.escape(done['how'])}</summary>",
        ]
        if "path" in done:
            parts.append(f"`{done['method']} {done['path']}`")
            if done["body"] is not None:
                parts.append(_json("What went out", done["body"]))
            wait = f", Retry-After: {done['retry_after']}" if done["retry_after"] else ""
            if done["status"] is None:
                parts.append("No answer came back.")
            elif done["answer"] is None:
                parts.append(f"What came back: `{done['status']}`{wait}, without a body.")
            else:
                parts.append(_json(f"What came back: {done['status']}{wait}", done["answer"]))
        else:
            parts.append("Nothing went out to Teams.")
        failure = done["failure"]
        again = [choice for choice, sent in done["again"].items() if sent]
        decided = [
            f"status         {failure['status']}",
            f"code           {failure['code']}",
            f"retry_after    {failure['retry_after']}",
            f"maybe_arrived  {failure['maybe_arrived']}",
            f"action         {done['action']}",
            f"sent again     {_AGAIN[len(again)]}",
            "",
            done["said"],
        ]
        parts.append("\n".join(['```text {title="What delivery.py decides"}', *decided, "```"]))
        blocks.append("\n\n".join([*parts, "</details>"]))
    return "\n\n".join(blocks)


_AGAIN = {0: "no", 1: 'only if_unsure="send again"', 2: "yes"}


def sign_in_errors() -> str:
    """The table of what Entra answers to a bot that asks for a token, from facts.toml."""
    rows = ["| Answer | What to do |", "|---|---|"]
    for row in facts()["sign_in_errors"]:
        said = re.sub(r"\{(\w+)\}", r"*\1*", _cell(row["text"]))
        remedy = f"{row['remedy']} {source(row['source'], short=True)}"
        rows.append(f"| {row['status']} `{row['error']}`<br>`{row['code']}`<br>{said} | {remedy} |")
    return "\n".join(rows)


def _bench() -> dict[str, Any]:
    file = ROOT / "docs" / "recorded" / "bench" / "sending.json"
    return dict(json.loads(file.read_text("utf-8")))


def measured(scene: str, who: str, what: str) -> str:
    """A number of the recorded bench, rounded."""
    return f"{_bench()[scene][who][what]:,.0f}"


def bench(scene: str) -> str:
    """The table of one scene of the recorded bench."""
    told = _bench()
    allowed = told["in_flight"] / told["latency_ms"] * 1000
    title = {
        "signed in": f"**Signed in.** The token endpoint takes {told['sign_in_ms']:.0f} ms, the"
        f" Connector {told['latency_ms']:.0f} ms over TLS, with {told['in_flight']} messages in"
        f" flight; latency allows {allowed:.0f} a second:",
        "no latency": "**No latency,** no sign-in, no TLS: what is left is what sending costs"
        " the processor:",
    }[scene]
    rows = [
        "| | Messages/s (of raw) | CPU ms each (of raw) | Longest stall | Sockets |",
        "|---|--:|--:|--:|--:|",
    ]
    for name, row in told[scene].items():
        rows.append(
            f"| {name} | {row['rate']:,.0f} ({row['rate_ratio']:.2f}) | {row['cpu']:.2f}"
            f" ({row['cpu_ratio']:.1f}) | {row['stall']:,.0f} ms | {row['sockets']} |"
        )
    return "\n".join([title, "", *rows])


def bench_of() -> str:
    """When and where the bench was recorded."""
    told = _bench()
    return (
        f"Measured on {day(date.fromisoformat(told['date']))}: {told['cores']} cores,"
        f" {told['system']}, Python {told['python']}, {told['rounds']} rounds."
    )


def profile() -> str:
    """The recorded profiles of before and after, side by side."""
    before, after = (_bench()["profile"][who] for who in ("CloudAdapter", "bot.py"))
    rows = ["| Package | CloudAdapter | bot.py |", "|---|--:|--:|"]
    for package in dict.fromkeys([*before, *after]):
        spent = (f"{at[package]:.0f} %" if package in at else "" for at in (before, after))
        rows.append(f"| {package} | {' | '.join(spent)} |")
    return "\n".join(rows)


def limits() -> str:
    """The table of rate limits, from facts.toml."""
    spans = ("1", "2", "30", "3600")
    rows = [
        "| Counted for | Request | 1 s | 2 s | 30 s | 1 h | Source |",
        "|---|---|---:|---:|---:|---:|---|",
    ]
    for row in facts()["limits"]:
        numbers = " | ".join(
            f"{row['windows'][span]:,}" if span in row["windows"] else "–" for span in spans
        )
        read_in = source(row["source"], short=True)
        rows.append(f"| {row['scope']} | {row['operation']} | {numbers} | {read_in} |")
    return "\n".join(rows)


def graph_permissions(*calls: str) -> str:
    """The table of what calls of Graph need: the least permission first, then what would do too.

    Args:
        calls: which, by name; all of them when none is given.
    """
    known = {row["call"]: row for row in facts()["graph_permissions"]}
    rows = ["| To … | Take the first |", "|---|---|"]
    for call in calls or known:
        row = known[call]
        least, *others = row["roles"]
        read_in = source(row["source"], short=True)
        needs = "<br>or ".join([f"**`{least}`**", *(f"`{role}`" for role in others)])
        request = row["request"].replace("/", "/<wbr>")  # a long path may break
        rows.append(f"| {row['call']}<br><code>{request}</code> | {needs} {read_in} |")
    return "\n".join(rows)


def graph_limits() -> str:
    """The table of Graph's limits, in requests a second."""
    rows = ["| Request | In one tenant | In all tenants | Source |", "|---|---:|---:|---|"]
    for row in facts()["graph_limits"]:
        read_in = source(row["source"], short=True)
        rows.append(f"| {row['call']} | {row['tenant']:,} | {row['all_tenants']:,} | {read_in} |")
    return "\n".join(rows)


def graph_errors() -> str:
    """The table of what Graph answers, from facts.toml."""
    return _refusals((str(row.status), row) for row in graph_refusals())


def tenant_in_create() -> str:
    """Where the tenant id of a new personal chat goes: one answer, for every page that says it."""
    page = source("send-proactive-messages")
    refused = refusal_of_text("Could not parse tenant id")
    return (
        "Give the tenant ID in both places, `channelData.tenant.id` and the top-level `tenantId` "
        "(the SDK sends its `tenant_id` as `tenantID`). Which of them Teams reads is not "
        f"published: the REST example that Microsoft's page links ({page}) has the first, and its "
        "Teams SDK sends only the second. If both are missing, Teams returns "
        f"`{refused.status} {refused.code}: {refused.text}`."
    )


def refusal_of_text(text: str) -> Refusal:
    """The row of the errors table with this text."""
    return next(row for row in refusals() if row.text == text)


def clouds() -> str:
    """The table of service URLs, from facts.toml."""
    rows = ["| Cloud | Service URL | Source |", "|---|---|---|"]
    for row in facts()["clouds"]:
        rows.append(
            f"| {row['name']} | `{row['service_url']}` | {source(row['source'], short=True)} |"
        )
    return "\n".join(rows)


def service_hosts() -> str:
    """The table of hosts that get the bot's token, from facts.toml."""
    rows = ["| Host | Cloud | Source |", "|---|---|---|"]
    for row in facts()["service_hosts"]:
        rows.append(f"| `{row['host']}` | {row['cloud']} | {source(row['source'], short=True)} |")
    return "\n".join(rows)


def refusal_of(code: str, status: int = 0) -> Refusal:
    """The first row of the errors table with this code, and this status where one is given."""
    return next(row for row in refusals() if row.code == code and status in (0, row.status))


def message_file() -> str:
    """The message that a broadcast sends when it is given none."""
    told = (ROOT / "samples/well/broadcast/notice.json").read_text("utf-8").rstrip()
    return f'```json {{title="samples/well/broadcast/notice.json"}}\n{told}\n```'


def broadcast_bench(scene: str, what: str) -> float:
    """A number of the recorded bench of broadcasts."""
    return float(_broadcast_bench()[scene][what])


def broadcast_bench_of() -> str:
    """When and where that bench was recorded."""
    told = _broadcast_bench()
    return (
        f"Measured on {day(date.fromisoformat(told['date']))} with `make bench ARGS=broadcast`: "
        f"{told['cores']} cores, {told['system']}, Python {told['python']}, Local Teams on the "
        f"same machine, its answers {told['latency_ms']:.0f} ms late."
    )


def _broadcast_bench() -> dict[str, Any]:
    file = ROOT / "docs" / "recorded" / "bench" / "broadcast.json"
    return dict(json.loads(file.read_text("utf-8")))


def processor(messages: int) -> float:
    """How many seconds of processor so many messages take, as measured with three workers."""
    return messages * broadcast_bench("3 workers, 3 tenants", "processor_ms") / 1000


def cores(tenants: int) -> float:
    """How many cores so many tenants keep busy that all send as fast as Teams allows."""
    return RATE * tenants * processor(1)


def plan() -> str:
    """How long broadcasts of several sizes take, and what they ask of the machines."""
    rows = [
        "| Tenants | People in each | Messages | Time at least | When every chat is created first "
        "| Processor time in all | Cores to be as fast |",
        "|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for tenants, people in (
        *((1, 10_000), (1, 100_000), (1, 1_000_000)),
        *((10, 100_000), (100, 10_000), (1_000, 1_000)),
    ):
        times = (people / RATE, 2 * people / RATE, processor(tenants * people))
        rows.append(
            f"| {tenants:,} | {people:,} | {tenants * people:,} | "
            f"{' | '.join(map(span, times))} | {cores(tenants):,.1f} |"
        )
    return "\n".join(rows)


def bytes_a_recipient() -> str:
    """How much a row of the outbox takes on disk."""
    return (
        f"{1e6 * broadcast_bench('million', 'on_disk') / broadcast_bench('million', 'people'):,.0f}"
    )


def shown(number: float, digits: int = 0) -> str:
    """A number as a person writes it: 1,000,000."""
    return f"{number:,.{digits}f}"


def span(seconds: float) -> str:
    """A time in the unit that suits it: 21 s, 35 min, 5.8 h."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def contoso_people(*, installed: bool) -> str:
    """The people of the Contoso world who have the app, or have it not."""
    return ", ".join(
        p.name + (" (blocked the bot)" if p.blocked else "")
        for p in contoso().people
        if p.installed == installed
    )


def contoso_chats(*, installed: bool) -> str:
    """The group chats of the Contoso world that have the app, or have it not."""
    return ", ".join(c.conversation.name for c in contoso().group_chats if c.installed == installed)


def contoso_teams(*, installed: bool) -> str:
    """The teams of the Contoso world that have the app, or have it not, with their channels."""
    return "; ".join(
        f"{team.name}: {', '.join(channel.name for channel in team.channels)}"
        for team in contoso().teams
        if team.installed == installed
    )


def source(name: str, *, short: bool = False) -> str:
    """A link to a source of facts.toml with its date."""
    row = facts()["sources"][name]
    title = f"{row['date']:%b %Y}" if short else row["title"]
    link = f'[{title}]({row["url"]} "{_cell(row["title"])}, {day(row["date"])}")'
    return f"<small>{link}</small>" if short else f"{link} ({day(row['date'])})"


def sessions() -> str:
    """The line for pages that create personal chats: what changes with a preview of Teams'."""
    row = facts()["sessions"]
    return (
        f"**Preview:** with `{row['setting']}` in the manifest, {row['says']}. The samples here "
        f"create without one, which Teams then refuses with `{row['status']} {row['code']}`. "
        f"({source(row['source'])})"
    )


def day(value: date) -> str:
    """A date in words: 22 November 2026."""
    return f"{value.day} {value:%B %Y}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace('"', "&quot;")
