"""Tables of errors, limits, permissions and addresses, from facts.toml."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from pages.sources import cell, evidence, source
from samples.facts import Refusal, facts, graph_refusals, named_rows, refusals


def errors() -> str:
    """The table of errors, from facts.toml; each row leads to how it was provoked."""
    return _refusals((f"[{r.status or 'none'}](#{name})", r) for name, r in named_rows().items())


def _refusals(table: Iterable[tuple[str, Refusal]]) -> str:
    rows = [
        "| Status | Code and text | When | Retry,<br>action | What to do |",
        "|---|---|---|---|---|",
    ]
    for status, row in table:
        answer = "<br>".join(filter(None, [row.code and _code(row.code), cell(row.text)])) or "–"
        retry = "yes" if row.retry else "no"
        read_in = row.source and evidence(row.source, row.confidence)
        remedy = f"{row.remedy} {read_in}".rstrip()
        rows.append(f"| {status} | {answer} | {row.when} | {retry}<br>`{row.action}` | {remedy} |")
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


def sign_in_errors() -> str:
    """The table of what Entra answers to a bot that asks for a token, from facts.toml."""
    rows = ["| Answer | What to do |", "|---|---|"]
    for row in facts()["sign_in_errors"]:
        text = re.sub(r"\{(\w+)\}", r"*\1*", cell(row["text"]))
        remedy = f"{row['remedy']} {evidence(row['source'], row.get('confidence', ''))}"
        rows.append(f"| {row['status']} `{row['error']}`<br>`{row['code']}`<br>{text} | {remedy} |")
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
        read_in = source(row["source"])
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
        read_in = source(row["source"])
        needs = "<br>or ".join([f"**`{least}`**", *(f"`{role}`" for role in others)])
        request = row["request"].replace("/", "/<wbr>")  # a long path may break
        rows.append(f"| {row['call']}<br><code>{request}</code> | {needs} {read_in} |")
    return "\n".join(rows)


def graph_limits() -> str:
    """The table of Graph's limits, in requests a second."""
    rows = ["| Request | In one tenant | In all tenants | Source |", "|---|---:|---:|---|"]
    for row in facts()["graph_limits"]:
        read_in = source(row["source"])
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


def refusal_of(code: str, status: int = 0) -> Refusal:
    """The first row of the errors table with this code, and this status where one is given."""
    return next(row for row in refusals() if row.code == code and status in (0, row.status))


def clouds() -> str:
    """The table of service URLs, from facts.toml."""
    rows = ["| Cloud | Service URL | Source |", "|---|---|---|"]
    for row in facts()["clouds"]:
        url = f"`{row['service_url']}`" if row["service_url"] else "none published"
        rows.append(f"| {row['name']} | {url} | {source(row['source'])} |")
    return "\n".join(rows)


def cloud_settings() -> str:
    """What differs from cloud to cloud when a bot signs in, from facts.toml."""
    rows = [
        "| Cloud | `CLOUD` | Sign-in | Audience and issuer | Microsoft Graph | Source |",
        "|---|---|---|---|---|---|",
    ]
    for row in facts()["clouds"]:
        login, bot, graph = (
            f"<code>{row[name].removeprefix('https://').replace('.', '<wbr>.')}</code>"
            for name in ("login", "audience", "graph")
        )
        read_in = source(row["sign_in_source"])
        rows.append(
            f"| {row['name']} | `{row['setting']}` | {login} | {bot} | {graph} | {read_in} |"
        )
    return "\n".join(rows)


def service_hosts() -> str:
    """The table of hosts that get the bot's token, from facts.toml."""
    rows = ["| Host | Cloud | Source |", "|---|---|---|"]
    for row in facts()["service_hosts"]:
        rows.append(f"| `{row['host']}` | {row['cloud']} | {source(row['source'])} |")
    return "\n".join(rows)
