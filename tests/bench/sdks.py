"""How fast each SDK sends, and what a message costs: as it comes, and as this guide's bots send."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import warnings
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any
from unittest.mock import patch

from microsoft_agents.activity import Activity
from microsoft_agents.hosting.aiohttp import CloudAdapter
from microsoft_agents.hosting.core import RestChannelServiceClientFactory
from microsoft_teams.api import MessageActivityInput
from microsoft_teams.apps import App

from samples.agents_sdk.bot import Bot
from samples.agents_sdk.bot import connect as connect_agents
from samples.facts import facts
from tests.bench.senders import TEXT, Kind, Send, ours, raw, stock
from tests.bench.sending import IN_FLIGHT, Measured, in_turn
from tests.bench.services import APP, LATENCY, SIGN_IN, TENANT, signed_in

RECORDED = Path(__file__).parents[2] / "docs" / "recorded" / "bench" / "sdks.json"
CHAT = "a:1za5zbIuZVoD99yu471UEcwVE0samVU1r6mOa7nbSd3QFJv"


@asynccontextmanager
async def agents(url: str) -> AsyncIterator[Send]:
    """samples/agents_sdk/bot.py"""
    bot = connect_agents()
    yield lambda: _continue(bot, bot.adapter, url)


@asynccontextmanager
async def stock_agents(url: str) -> AsyncIterator[Send]:
    """The SDK's CloudAdapter, with the clients that it makes itself."""
    bot = connect_agents()
    clients = RestChannelServiceClientFactory(bot.app.connection_manager)
    adapter = CloudAdapter(channel_service_client_factory=clients)
    yield lambda: _continue(bot, adapter, url)


async def _continue(bot: Bot, adapter: CloudAdapter, url: str) -> None:
    known = bot.conversation(service_url=url, conversation_id=CHAT)
    message = Activity(type="message", text=TEXT)
    await bot.app.proactive.send_activity(adapter, known, message)


@asynccontextmanager
async def teams(url: str) -> AsyncIterator[Send]:
    """samples/teams_sdk/bot.py"""
    with patch.dict(os.environ, {"TEAMS_SERVICE_URL": url}), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of parts that are in preview or deprecated
        app = import_module("samples.teams_sdk.bot").connect()
    yield lambda: app.api.conversations.create_activity(
        CHAT, MessageActivityInput(text=TEXT), service_url=url
    )


@asynccontextmanager
async def stock_teams(url: str) -> AsyncIterator[Send]:
    """The SDK's App."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        app = App(client_id=APP, client_secret="secret", tenant_id=TENANT, service_url=url)
        await app.initialize()
    yield lambda: app.send(CHAT, TEXT)


# Who sends, by how and by the name of the SDK in `sdk_table` of facts.toml, and how many messages.
KINDS: dict[tuple[str, str], tuple[Kind, int]] = {
    ("no SDK", "raw aiohttp"): (raw, 1000),
    ("as in this guide", "botbuilder"): (ours, 1000),
    ("as in this guide", "agents"): (agents, 300),
    ("as in this guide", "teams"): (teams, 300),
    ("as it comes", "botbuilder"): (stock, 40),
    ("as it comes", "agents"): (stock_agents, 300),
    ("as it comes", "teams"): (stock_teams, 300),
}
WHAT = ("rate", "cpu", "stall", "sockets")


def measure(
    *, quick: bool = False, say: Callable[[str], None] = lambda line: None
) -> dict[str, Any]:
    """Run all of it, signed in; gives medians over the rounds."""
    times, share = (1, 10) if quick else (3, 1)
    result: dict[str, Any] = {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.system(),
        "rounds": times,
        "in_flight": IN_FLIGHT,
        "latency_ms": LATENCY * 1000,
        "sign_in_ms": SIGN_IN * 1000,
        "versions": {row["package"]: version(row["package"]) for row in facts()["sdks"]},
    }
    names = {kind: name for name, (kind, _) in KINDS.items()}
    counts = {kind: max(count // share, IN_FLIGHT) for kind, count in KINDS.values()}
    runs: dict[tuple[str, str], list[Measured]] = {name: [] for name in KINDS}
    with signed_in() as url:
        for number, kind, measured in in_turn(counts, url, times):
            runs[names[kind]].append(measured)
            name = ", ".join(reversed(names[kind]))
            say(f"  round {number + 1} of {times}: {name}, {measured.rate:,.1f}/s")
    for (how, sdk), done in runs.items():
        medians = {what: statistics.median(asdict(run)[what] for run in done) for what in WHAT}
        result.setdefault(how, {})[sdk] = {key: round(one, 2) for key, one in medians.items()}
    return result


def table(expected: Mapping[str, Any]) -> Iterator[str]:
    """The measurements as lines of text."""
    yield f"  Signed in, {expected['in_flight']} in flight"
    yield "                                messages/s  CPU ms each  longest stall  sockets"
    for how, sdk in KINDS:
        row = expected[how][sdk]
        yield (
            f"    {sdk + ', ' + how:<28}{row['rate']:10,.1f}{row['cpu']:13.2f}"
            f"{row['stall']:12,.0f} ms{row['sockets']:9,.0f}"
        )


def lines(*, quick: bool = False) -> Iterator[str]:
    """Run it, and tell the results, a line each."""
    yield from table(measure(quick=quick, say=partial(print, flush=True)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.sdks")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--record", action="store_true", help=f"write {RECORDED.name} for the page")
    chosen = parser.parse_args()
    done = measure(quick=chosen.quick, say=partial(print, flush=True))
    print(*table(done), sep="\n")
    if chosen.record:
        RECORDED.write_text(json.dumps(done, indent=2) + "\n", "utf-8")
