"""The three SDKs side by side: facts.toml, and what is installed here."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path

from shipping.requiring import requirements

from pages.bench import sdk_cpu
from pages.sources import cell, source
from samples.facts import facts
from samples.runner.files import ROOT
from samples.runner.registry import find

NAMES = ("botbuilder", "agents", "teams")


def which_sdk() -> str:
    """Who should use which, with the version here and since when it is offered."""
    rows = ["| SDK | Use it when | Here | Status |", "|---|---|---|---|"]
    for row in facts()["sdks"]:
        here = f"`{row['package']}` {version(row['package'])}"
        status = f"{row['status']} {source(row['source'])}"
        rows.append(f"| **{row['name']}** | {row['choose']} | {here} | {status} |")
    return "\n".join(rows)


def sdk_brief() -> str:
    """What each SDK does and does not, in a word each; the last rows are measured."""
    packages = [row["package"] for row in facts()["sdks"]]
    rows = _compared("sdk_brief")
    ours, stock = ([sdk_cpu(how, name) for name in NAMES] for how in HOW)
    pairs = list(zip(ours, stock, strict=True))
    costs = [f"{own:.1f} ms ({theirs:.1f} ms)" for own, theirs in pairs]
    rows.append(f"| Processor per message | {' | '.join(costs)} |")
    rates = [f"{1000 / own:.0f} ({1000 / theirs:.0f})" for own, theirs in pairs]
    rows.append(f"| Messages per second and core | {' | '.join(rates)} |")
    sizes = [f"{megabytes(one):.0f} MB in {len(needs(one))} packages" for one in packages]
    rows.append(f"| Installed | {' | '.join(sizes)} |")
    return "\n".join(rows)


HOW = ("as in this guide", "as it comes")


def _compared(table: str) -> list[str]:
    heads = [row["name"] for row in facts()["sdks"]]
    rows = [f"| | {' | '.join(heads)} |", "|---|---|---|---|"]
    for row in facts()[table]:
        rows.append(f"| {row['what']} | {' | '.join(cell(row[name]) for name in NAMES)} |")
    return rows


def sdk_table() -> str:
    """How each SDK does it; the last rows are asked of what is installed."""
    packages = [row["package"] for row in facts()["sdks"]]
    rows = _compared("sdk_table")
    pythons = [distribution(one).metadata["Requires-Python"] or "any" for one in packages]
    rows.append(f"| Python | {' | '.join(f'`{cell(one)}`' for one in pythons)} |")
    reasons = [row.get("not_in_page") for row in facts()["sdks"]]
    runs = [f"no: {reason}" if reason else "yes" for reason in reasons]
    rows.append(f"| Runs in this page | {' | '.join(runs)} |")
    return "\n".join(rows)


@cache
def needs(package: str) -> list[str]:
    """The distributions that installing a package brings here, with itself."""
    found = []
    for name in requirements({package}):
        try:
            found.append(distribution(name).metadata["Name"])
        except PackageNotFoundError:
            continue  # for another system
    return found


@cache
def megabytes(package: str) -> float:
    """How much a package takes on the disk with all that it needs, without compiled files."""
    files = (file for name in needs(package) for file in distribution(name).files or [])
    paths = (file.locate() for file in files if file.suffix != ".pyc")
    return sum(path.stat().st_size for path in map(_path, paths) if path.is_file()) / 1e6


def _path(located: object) -> Path:
    return Path(str(located))


def sdk_variables() -> str:
    """What the variables of a bot are called with each SDK."""
    return _renamed("sdk_variables", ["", "botbuilder", "Agents SDK", "Teams SDK"])


def client_variables() -> str:
    """What each SDK reads in each language, to sign in and not, from facts.toml."""
    rows = [
        "| Client | Sign in | Trust the local certificate | Without credentials |",
        "|---|---|---|---|",
    ]
    for row in facts()["clients"]:
        also = [f"{name}={value}" for name, value in row["also"].items()]
        free = [f"{name}={value}" for name, value in row["anonymous"].items()]
        sign_in, trust, without = map(_lines, (row["credentials"] + also, row["trust"], free))
        nothing = "set none of these" if not (free or row["in_code"]) else ""
        without = "<br>".join(filter(None, [nothing, without, row["in_code"]]))
        rows.append(f"| {row['name']}, {row['language']} | {sign_in} | {trust} | {without} |")
    return "\n".join(rows)


def client_packages() -> str:
    """The packages for JavaScript that are tried, with their versions, for a sentence."""
    pinned = json.loads((ROOT / "tests" / "clients" / "package.json").read_text("utf-8"))
    return ", ".join(f"`{name}` {number}" for name, number in pinned["dependencies"].items())


def _lines(names: list[str]) -> str:
    """Code, one name a line; a long one may go on in the next line after an underscore."""
    code = (re.sub("(_+)", r"\1<wbr>", name) for name in names)
    return "<br>".join(f"<code>{name}</code>" for name in code)


def sdk_packages() -> str:
    """Which package comes in place of which."""
    return _renamed("sdk_packages", ["botbuilder", "Agents SDK", "Teams SDK"])


def _renamed(table: str, heads: list[str]) -> str:
    rows = [f"| {' | '.join(heads)} |", "|---|---|---|" + ("---|" if len(heads) == 4 else "")]
    for row in facts()[table]:
        code = [f"`{row[name]}`" for name in NAMES]
        rows.append(f"| {' | '.join([row['what'], *code] if len(heads) == 4 else code)} |")
    return "\n".join(rows)


def sdk_calls() -> str:
    """The samples that exist with all three SDKs, with their files."""
    rows = ["| | botbuilder | Agents SDK | Teams SDK |", "|---|---|---|---|"]
    for stem in sorted(SAMPLES):
        files = [find(name).path for name in (stem, f"agents_sdk/{stem}", f"teams_sdk/{stem}")]
        code = " | ".join(f"`{path}`" for path in files)
        rows.append(f"| {SAMPLES[stem]} | {code} |")
    return "\n".join(rows)


SAMPLES = {
    "to_person": "[Send to a person](../send/to-a-person.md)",
    "to_known_chat": "[Send to a chat you know](../send/to-a-known-chat.md)",
    "to_group_chat": "[Send to a group chat](../send/to-a-group-chat.md)",
    "to_channel": "[Send to a channel](../send/to-a-channel.md)",
    "reply_in_thread": "[Reply in a thread](../send/reply-in-a-thread.md)",
    "mention": "[Mention a person](../send/mention-and-card.md)",
    "card": "[Send a card](../send/mention-and-card.md)",
    "update_message": "[Update or delete](../send/update-or-delete.md)",
    "message_members": "[Write to everyone in a team](../prepare/message-members.md)",
    "remember": "[Remember conversations](../prepare/remember.md)",
}
