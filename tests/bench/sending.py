"""How fast bot.py sends, beside the SDK's adapters and posts without any SDK."""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import gc
import json
import os
import platform
import pstats
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import (
    AsyncExitStack,
)
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench.senders import Kind, fast, legacy, ours, raw, stock
from tests.bench.services import LATENCY, SIGN_IN, anonymous, signed_in

IN_FLIGHT = 20
RECORDED = Path(__file__).parents[2] / "docs" / "recorded" / "bench" / "sending.json"


# What bot.py must reach of the rate of raw aiohttp in the same round, signed in.
LEAST = {"bot.py": 0.8, "bot.py, fast=True": 0.95}


@dataclass
class Measured:
    """One run: messages a second, CPU milliseconds a message, the longest stall of the event loop
    after the first message (ms), and how many files and sockets were open more than before."""

    rate: float
    cpu: float
    stall: float
    sockets: int


async def _run(kind: Kind, url: str, messages: int) -> Measured:
    gc.collect()  # what the run before this one left
    before = peak = _open()
    begin, cpu = time.perf_counter(), time.process_time()
    stall, started, done = 0.0, False, False

    async def watch() -> None:
        nonlocal stall, peak
        while not done:
            asleep = time.perf_counter()
            await asyncio.sleep(0.01)
            if started:
                stall = max(stall, time.perf_counter() - asleep - 0.01)
            peak = max(peak, _open())

    async with AsyncExitStack() as stack:
        post = await stack.enter_async_context(kind(url))
        left = iter(range(messages))
        watching = asyncio.create_task(watch())

        async def sender() -> None:
            nonlocal started
            for _ in left:
                await post()
                started = True

        await asyncio.gather(*(sender() for _ in range(IN_FLIGHT)))
        took, used = time.perf_counter() - begin, time.process_time() - cpu
        done = True
        await watching
    return Measured(messages / took, used / messages * 1000, stall * 1000, peak - before)


def _open() -> int:
    return sum(1 for _ in Path("/dev/fd").iterdir())


def in_turn(
    kinds: Mapping[Kind, int], url: str, rounds: int
) -> Iterator[tuple[int, Kind, Measured]]:
    """Every kind in turn, and that several times: a slow minute of the machine strikes all."""
    for number in range(rounds):
        for kind, messages in kinds.items():
            yield number, kind, asyncio.run(_run(kind, url, messages))


NAMES: dict[Kind, str] = {
    raw: "raw aiohttp",
    ours: "bot.py",
    fast: "bot.py, fast=True",
    legacy: "BotFrameworkAdapter",
    stock: "CloudAdapter",
}


def measure(
    *, quick: bool = False, say: Callable[[str], None] = lambda line: None
) -> dict[str, Any]:
    """Run all of it; gives medians over the rounds, and ratios to `raw aiohttp` of each round."""
    rounds, share = (1, 10) if quick else (3, 1)
    scenes: dict[str, tuple[Callable[[], Any], dict[Kind, int]]] = {
        "signed in": (signed_in, {raw: 3000, ours: 3000, fast: 3000, legacy: 600, stock: 40}),
        "no latency": (anonymous, {raw: 3000, ours: 3000, fast: 3000, legacy: 600, stock: 300}),
    }
    result: dict[str, Any] = {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.system(),
        "rounds": rounds,
        "in_flight": IN_FLIGHT,
        "latency_ms": LATENCY * 1000,
        "sign_in_ms": SIGN_IN * 1000,
    }
    for scene, (standing_in, counts) in scenes.items():
        kinds = {kind: max(count // share, IN_FLIGHT) for kind, count in counts.items()}
        runs: dict[str, list[Measured]] = {NAMES[kind]: [] for kind in kinds}
        with standing_in() as url:
            for number, kind, measured in in_turn(kinds, url, rounds):
                runs[NAMES[kind]].append(measured)
                say(
                    f"  {scene}, round {number + 1} of {rounds}: {NAMES[kind]},"
                    f" {kinds[kind]:,} messages, {measured.rate:,.1f}/s"
                )
        result[scene] = {
            name: {
                "messages": kinds[kind],
                **{
                    what: statistics.median(asdict(run)[what] for run in runs[name])
                    for what in ("rate", "cpu", "stall", "sockets")
                },
                "cpu_ratio": statistics.median(
                    run.cpu / yard.cpu
                    for run, yard in zip(runs[name], runs["raw aiohttp"], strict=True)
                ),
                "rate_ratio": statistics.median(
                    run.rate / yard.rate
                    for run, yard in zip(runs[name], runs["raw aiohttp"], strict=True)
                ),
            }
            for kind, name in NAMES.items()
        }
    say("  profiles")
    with anonymous() as url:
        result["profile"] = {
            NAMES[kind]: asyncio.run(_profile(kind, url, 200 // share))
            for kind in (stock, ours, fast)
        }
    return result


async def _profile(kind: Kind, url: str, messages: int) -> dict[str, float]:
    """Which part of the event loop's time goes to which package, in percent."""
    async with kind(url) as post:
        for _ in range(5):
            await post()
        profile = cProfile.Profile()
        with profile:
            for _ in range(messages):
                await post()
    spent: dict[str, float] = {}
    stats: Any = pstats.Stats(profile)
    for (file, _, name), (_, _, own, _, _) in stats.stats.items():
        if "select" in name or "poll" in name:
            continue  # waiting
        package = _package(file)
        spent[package] = spent.get(package, 0.0) + own
    total = sum(spent.values())
    ranked = sorted(spent.items(), key=lambda item: -item[1])
    return {package: round(own / total * 100, 1) for package, own in ranked[:8]}


def _package(file: str) -> str:
    if "site-packages" in file:
        return Path(file.partition("site-packages")[2]).parts[1].removesuffix(".py")
    if "samples" in file:
        return "samples"
    return "built in" if file == "~" else Path(file).stem if "lib" in file else "tests"


def table(expected: Mapping[str, Any]) -> Iterator[str]:
    """The measurements as lines of text."""
    ceiling = expected["in_flight"] / expected["latency_ms"] * 1000
    for scene, title in (
        (
            "signed in",
            f"Signed in: token endpoint {expected['sign_in_ms']:.0f} ms, Connector"
            f" {expected['latency_ms']:.0f} ms over TLS, {expected['in_flight']} in flight;"
            f" latency allows {ceiling:.0f}/s",
        ),
        ("no latency", f"No latency, no sign-in, no TLS, {expected['in_flight']} in flight"),
    ):
        yield f"  {title}"
        yield (
            "                        messages  messages/s  of raw  CPU ms each  of raw"
            "  longest stall  sockets"
        )
        for name, row in expected[scene].items():
            sent = f"{row['messages']:8,}{row['rate']:12,.1f}{row['rate_ratio']:8.2f}"
            cost = f"{row['cpu']:13.2f}{row['cpu_ratio']:8.1f}"
            yield f"    {name:<20}{sent}{cost}{row['stall']:12,.0f} ms{row['sockets']:9,}"
        if scene == "signed in":
            for name, least in LEAST.items():
                ratio = expected[scene][name]["rate_ratio"]
                enough = "enough" if ratio >= least else "TOO SLOW"
                yield f"    {name}: {ratio:.0%} of raw aiohttp, at least {least:.0%}: {enough}"


def lines(*, quick: bool = False) -> Iterator[str]:
    """Run it, and tell the results, a line each."""
    yield from table(measure(quick=quick, say=partial(print, flush=True)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.sending")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--record", action="store_true", help=f"write {RECORDED.name} for the page")
    chosen = parser.parse_args()
    measured = measure(quick=chosen.quick, say=partial(print, flush=True))
    print(*table(measured), sep="\n")
    if chosen.record:
        RECORDED.parent.mkdir(exist_ok=True)
        RECORDED.write_text(json.dumps(measured, indent=2) + "\n", "utf-8")
