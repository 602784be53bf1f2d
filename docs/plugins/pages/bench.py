"""Recorded measurements, as tables and as numbers in a sentence."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from pages.recordings import RECORDED
from pages.sources import day
from samples.shared.bulk.pace import RATE


def _bench() -> dict[str, Any]:
    return dict(json.loads((RECORDED / "bench" / "sending.json").read_text("utf-8")))


def measured(scene: str, who: str, what: str) -> str:
    """A number of the recorded bench, rounded."""
    return f"{_bench()[scene][who][what]:,.0f}"


def bench(scene: str) -> str:
    """The table of one scene of the recorded bench."""
    payload = _bench()
    allowed = payload["in_flight"] / payload["latency_ms"] * 1000
    title = {
        "signed in": f"**Signed in.** The token endpoint takes {payload['sign_in_ms']:.0f} ms, the"
        f" Connector {payload['latency_ms']:.0f} ms over TLS, with {payload['in_flight']} messages"
        f" in flight; latency allows {allowed:.0f} a second:",
        "no latency": "**No latency,** no sign-in, no TLS: what is left is what sending costs"
        " the processor:",
    }[scene]
    rows = [
        "| | Messages/s (of raw) | CPU ms each (of raw) | Longest stall | Sockets |",
        "|---|--:|--:|--:|--:|",
    ]
    for name, row in payload[scene].items():
        rows.append(
            f"| {name} | {row['rate']:,.0f} ({row['rate_ratio']:.2f}) | {row['cpu']:.2f}"
            f" ({row['cpu_ratio']:.1f}) | {row['stall']:,.0f} ms | {row['sockets']} |"
        )
    return "\n".join([title, "", *rows])


def bench_of() -> str:
    """When and where the bench was recorded."""
    payload = _bench()
    return (
        f"Measured on {day(date.fromisoformat(payload['date']))}: {payload['cores']} cores,"
        f" {payload['system']}, Python {payload['python']}, {payload['rounds']} rounds."
    )


def profile() -> str:
    """The recorded profiles, side by side."""
    profiles = _bench()["profile"]
    rows = [f"| Package | {' | '.join(profiles)} |", f"|---|{'--:|' * len(profiles)}"]
    for package in dict.fromkeys(name for at in profiles.values() for name in at):
        spent = (f"{at[package]:.0f} %" if package in at else "" for at in profiles.values())
        rows.append(f"| {package} | {' | '.join(spent)} |")
    return "\n".join(rows)


def broadcast_bench(scene: str, what: str) -> float:
    """A number of the recorded bench of broadcasts."""
    return float(_broadcast_bench()[scene][what])


def broadcast_bench_of() -> str:
    """When and where that bench was recorded."""
    payload = _broadcast_bench()
    return (
        f"Measured on {day(date.fromisoformat(payload['date']))} with `make bench ARGS=broadcast`: "
        f"{payload['cores']} cores, {payload['system']}, Python {payload['python']}, Local Teams "
        f"on the same machine, its answers {payload['latency_ms']:.0f} ms late."
    )


def _broadcast_bench() -> dict[str, Any]:
    return dict(json.loads((RECORDED / "bench" / "broadcast.json").read_text("utf-8")))


def sdk_cpu(how: str, sdk: str) -> float:
    """How many milliseconds of processor a message takes with an SDK, as recorded.

    Args:
        how: `as it comes`, or `as in this guide`.
        sdk: its name in `sdk_table` of facts.toml.
    """
    return float(_sdk_bench()[how][sdk]["cpu"])


def sdk_bench_of() -> str:
    """When and where that was recorded."""
    payload = _sdk_bench()
    return (
        f"measured on {day(date.fromisoformat(payload['date']))} with `make bench ARGS=sdks`: "
        f"{payload['cores']} cores, {payload['system']}, Python {payload['python']}, signed in, "
        f"over TLS, {payload['in_flight']} messages in flight"
    )


def _sdk_bench() -> dict[str, Any]:
    return dict(json.loads((RECORDED / "bench" / "sdks.json").read_text("utf-8")))


def processor(messages: int) -> float:
    """How many seconds of processor so many messages take, as measured with three workers."""
    return messages * broadcast_bench("3 workers, 3 tenants", "processor_ms") / 1000


def cores(tenants: int) -> float:
    """How many cores so many tenants keep busy that all send as fast as Teams allows."""
    return RATE * tenants * processor(1)


def tenants_at_full_pace(cores: int) -> int:
    """To how many tenants so many cores send as fast as Teams allows, each in one process."""
    return int(cores / (RATE * broadcast_bench("paced", "processor_ms") / 1000))


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
