"""A broadcast: how near to the limit, kills and outages, memory, and several workers."""

from __future__ import annotations

import argparse
import csv
import gc
import io
import json
import os
import platform
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import create_engine

from samples.local_teams.model.faults import Fault
from samples.local_teams.model.limits import Limits
from samples.local_teams.model.world import World
from samples.local_teams.testing import LocalTeams
from samples.shared.bulk.outbox import Outbox
from samples.shared.bulk.pace import ALLOWED
from samples.shared.bulk.report import write_csv
from samples.shared.bulk.rows import Recipient
from samples.shared.conversations import Conversations
from tests.support import ROOT
from tests.support.crowd import crowd, environment, got, remember
from tests.support.postgresql import programs, server

LATENCY = 0.1  # seconds that an answer takes


RECORDED = ROOT / "docs" / "recorded" / "bench" / "broadcast.json"
NUMBERS: dict[str, dict[str, float]] = {}  # of this run, by scene


def keep(scene: str, **numbers: float) -> None:
    """Keep numbers for the page."""
    NUMBERS[scene] = {name: round(number, 2) for name, number in numbers.items()}


def now() -> datetime:
    return datetime.now(UTC)


def limited(people: int, name: str = "Contoso") -> World:
    """A tenant with its limits on, and answers that take a while."""
    world = crowd(people, clock=now, seed=name)
    world.limits = Limits(now)
    world.faults.append(Fault(delay=LATENCY, times=0))
    return world


def begin(environ: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "samples.well.broadcast", *arguments],
        cwd=ROOT,
        env=os.environ | environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
    )


@dataclass
class Used:
    """What a process took: its exit status, seconds of processor, and megabytes at its peak."""

    status: int
    processor: float
    megabytes: float


def ended(process: subprocess.Popen[str]) -> Used:
    """Wait for a process, and answer with what it took."""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    kilobytes = used.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return Used(process.returncode, used.ru_utime + used.ru_stime, kilobytes / 1000)


def until(true: Callable[[], bool]) -> None:
    while not true():
        time.sleep(0.02)


def arrivals(*worlds: World) -> list[float]:
    return sorted(
        datetime.fromisoformat(message["timestamp"]).timestamp()
        for world in worlds
        for chat in world.personal_chats.values()
        for message in chat.messages
    )


def rate(times: list[float]) -> float:
    return (len(times) - 1) / (times[-1] - times[0])


def busiest(times: list[float]) -> int:
    """The most in any one second."""
    most = first = 0
    for last, at in enumerate(times):
        while times[first] <= at - 1:
            first += 1
        most = max(most, last - first + 1)
    return most


def throttled(*tenants: LocalTeams) -> int:
    return sum(e.response.status == 429 for teams in tenants for e in teams.wire)


def doubted(outbox: Outbox) -> set[str]:
    """Whom the report names as perhaps written to twice."""
    table = io.StringIO()
    write_csv(outbox, "b", table)
    return {row["name"] for row in csv.DictReader(table.getvalue().splitlines()) if row["doubt"]}


def lines(*, quick: bool = False, scenes: Sequence[str] = ()) -> Iterator[str]:
    """Run it, or some scenes of it, and tell the results, a line each."""
    # Local Teams runs in this process. While it looked for garbage, for a tenth of a second with so
    # many people, requests would heap up, and it would find too many of them in one second.
    gc.disable()
    few = {
        "paced": lambda: paced(300 if quick else 3_000),
        "killed": lambda: killed(300 if quick else 3_000, kills=3 if quick else 20),
        "outages": lambda: outages(300 if quick else 1_500, silent=10 if quick else 60),
        "million": lambda: million(100_000 if quick else 1_000_000),
        "workers": lambda: workers(150 if quick else 1_000),
    }
    for scene in scenes or few:
        yield from few[scene]()


def paced(people: int) -> Iterator[str]:
    world = limited(people)
    with TemporaryDirectory() as folder, LocalTeams(world) as teams:
        environ = environment(world, Path(folder))
        remember(world, environ["CONVERSATIONS_URL"])
        used = ended(begin(environ, "send", "b"))
        times = arrivals(world)
        keep(
            "paced",
            people=people,
            rate=rate(times),
            busiest=busiest(times),
            throttled=throttled(teams),
            processor_ms=1000 * used.processor / people,
            megabytes=used.megabytes,
        )
        yield (
            f"  {people:,} people, one tenant        {rate(times):5.1f} messages/s, "
            f"{rate(times) / ALLOWED:.0%} of the allowed {ALLOWED}; {busiest(times)} in the "
            f"busiest second, {throttled(teams)} times 429"
        )
        yield (
            f"    the process                 {1000 * used.processor / people:5.1f} ms of "
            f"processor a message, {used.megabytes:,.0f} MB at its peak"
        )


def killed(people: int, *, kills: int) -> Iterator[str]:
    world = limited(people)
    luck = random.Random(kills)
    with TemporaryDirectory() as folder, LocalTeams(world) as teams:
        environ = environment(world, Path(folder))
        remember(world, environ["CONVERSATIONS_URL"])
        in_doubt = []
        outbox = Outbox(environ["OUTBOX_URL"])
        for _ in range(kills):
            before, more = got(world).total(), luck.randint(1, people // kills)
            sending = begin(environ, "send", "b")
            until(lambda before=before, more=more: got(world).total() >= before + more)
            sending.kill()
            sending.wait()
            in_doubt.append(outbox.counts("b").get("started", 0))
        used = ended(begin(environ, "send", "b"))
        everybody, named = got(world), doubted(outbox)
        outbox.close()
        twice = {name for name, number in everybody.items() if number > 1}
        lost = sum(number == 0 for number in everybody.values())
        keep(
            "killed",
            people=people,
            kills=kills,
            lost=lost,
            twice=everybody.total() - people,
            on_their_way=sum(in_doubt),
            most_at_a_kill=max(in_doubt),
            named=len(named),
            not_named=len(twice - named),
        )
        yield (
            f"  killed {kills} times              {lost} lost, "
            f"{everybody.total() - people} arrived twice, {sum(in_doubt)} were on their way "
            f"(at most {max(in_doubt)} at a kill), "
            f"{len(named)} named, {len(twice - named)} of those twice not named; "
            f"{throttled(teams)} times 429; status {used.status}"
        )


def outages(people: int, *, silent: int) -> Iterator[str]:
    for title, faults in (
        ("5 s of 429", [Fault(status=429, retry_after=2, times=0)]),
        (f"{silent} s of 502 and 412", [Fault(status=502, times=3), Fault(status=412, times=2)]),
        (f"{silent} s without an answer", [Fault(drop=True, times=0)]),
    ):
        world = limited(people)
        with TemporaryDirectory() as folder, LocalTeams(world) as teams:
            environ = environment(world, Path(folder))
            remember(world, environ["CONVERSATIONS_URL"])
            sending = begin(environ, "send", "b")
            until(lambda world=world: got(world).total() >= people // 5)
            end = time.monotonic() + (5 if "429" in title else silent)
            while time.monotonic() < end:
                if len(world.faults) < 2:
                    world.faults[:0] = faults
                time.sleep(0.05)
            world.faults[:] = world.faults[-1:]
            begun = time.monotonic()
            used = ended(sending)
            after = time.monotonic() - begun
            refused = Counter(e.response.status for e in teams.wire)
            lost = sum(number == 0 for number in got(world).values())
            keep(
                title.partition(" of ")[2] or "silence",
                people=people,
                seconds=5 if "429" in title else silent,
                lost=lost,
                twice=got(world).total() - people,
                in_vain=refused.total() - people,
                through_after=after,
            )
            yield (
                f"  {title:28}{lost} lost, {got(world).total() - people} twice; through "
                f"{after:.0f} s after it; {refused.total() - people} requests in vain; "
                f"status {used.status}"
            )


STORE = """
INSERT INTO conversations
  (tenant_id, id, kind, service_url, bot_id, aad_object_id, user_name, opted_out)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {people})
SELECT '7f0fb1c6-0000-4000-8000-000000000000', 'a:1' || printf('%086d', i), 'personal',
       'http://127.0.0.1:9/', '28:bot', '00000000-0000-4000-8000-' || printf('%012d', i),
       'Person ' || i, 0 FROM n
"""


def million(people: int) -> Iterator[str]:
    """Put so many into the outbox from the store, send for ten seconds, and stop."""
    world = limited(1)
    with TemporaryDirectory() as folder, LocalTeams(world) as teams:
        environ = environment(world, Path(folder))
        Conversations(environ["CONVERSATIONS_URL"])
        with create_engine(environ["CONVERSATIONS_URL"]).begin() as store:
            store.exec_driver_sql(
                STORE.format(people=people).replace("http://127.0.0.1:9/", world.service_url)
            )
        outbox = Outbox(environ["OUTBOX_URL"])
        begun = time.monotonic()
        sending = begin(environ, "send", "b")
        until(lambda: bool(outbox.counts("b")))
        filled = time.monotonic() - begun
        time.sleep(10)
        sending.send_signal(signal.SIGINT)
        used = ended(sending)
        outbox.close()
        size = sum(file.stat().st_size for file in Path(folder).glob("outbox.db*")) / 1e6
        keep("million", people=people, megabytes=used.megabytes, fill=filled, on_disk=size)
        yield (
            f"  {people:,} people{'':13}{used.megabytes:5.0f} MB at its peak, {filled:.0f} s to "
            f"fill the outbox ({size:,.0f} MB on disk), then {len(teams.wire)} requests in "
            f"10 s"
        )


def workers(people: int) -> Iterator[str]:
    """Three workers: one tenant, three tenants, and one of the workers killed."""
    if programs() is None:
        yield "  PyPI has no PostgreSQL for this machine: no workers"
        return
    idle = 0.0
    with server() as address, TemporaryDirectory() as folder:
        for number, (title, names, kill) in enumerate(
            (
                ("3 workers, 1 tenant", ["Contoso"], False),
                ("3 workers, 3 tenants", ["Contoso", "Fabrikam", "Northwind"], False),
                ("one of them killed", ["Contoso", "Fabrikam", "Northwind"], True),
            )
        ):
            with create_engine(f"{address}postgres", isolation_level="AUTOCOMMIT").connect() as db:
                db.exec_driver_sql(f"CREATE DATABASE bench{number}")
            url = f"{address}bench{number}".replace("postgresql:", "postgresql+psycopg:", 1)
            worlds = [limited(people, name) for name in names]
            if not number:  # what a worker takes that does nothing
                worlds[0].service_url = "http://127.0.0.1:9/"
                nothing = begin(environment(worlds[0], Path(folder), outbox=url), "worker")
                time.sleep(6)
                nothing.send_signal(signal.SIGTERM)
                idle = ended(nothing).processor
            yield from _workers(title, url, worlds, idle, kill=kill)


def _workers(
    title: str, url: str, worlds: list[World], idle: float, *, kill: bool
) -> Iterator[str]:
    people = sum(len(world.people) for world in worlds)
    with TemporaryDirectory() as folder, ExitStack() as running:
        tenants = [running.enter_context(LocalTeams(world)) for world in worlds]
        environ = environment(worlds[0], Path(folder), outbox=url) | {"CONVERSATIONS_URL": url}
        for world in worlds:
            remember(world, url)
        outbox = Outbox(url)
        begun = 1 if kill else 3  # who is to be killed begins alone, and so has something to lose
        started = [begin(environ, "worker") for _ in range(begun)]
        time.sleep(6)  # until they are there
        sending = begin(environ, "send", "b")
        in_doubt = 0
        if kill:
            started += [begin(environ, "worker") for _ in range(2)]
            until(lambda: sum(got(world).total() for world in worlds) > people // 3)
            started[0].kill()
            started[0].wait()
            in_doubt = outbox.counts("b").get("started", 0)
        ended(sending)
        for worker in started[1 if kill else 0 :]:
            worker.send_signal(signal.SIGTERM)
        processor = sum(ended(worker).processor for worker in started[1 if kill else 0 :])
        processor -= 3 * idle
        times = [arrivals(world) for world in worlds]
        everybody = [got(world) for world in worlds]
        lost = sum(number == 0 for one in everybody for number in one.values())
        twice = sum(one.total() for one in everybody) - people
        gap = max(b - a for one in times for a, b in pairwise(one))
        named = sum(1 for _ in outbox.recipients("b", Recipient.doubt != ""))
        outbox.close()
        keep(
            title,
            people=people,
            slowest=min(map(rate, times)),
            busiest=max(map(busiest, times)),
            throttled=throttled(*tenants),
            lost=lost,
            twice=twice,
            on_their_way=in_doubt,
            named=named,
            silence=gap,
            processor_ms=0 if kill else 1000 * processor / people,
        )
        rates = ", ".join(f"{rate(one):.1f}" for one in times)
        yield (
            f"  {title:28}{rates} messages/s; {max(map(busiest, times))} in the busiest second "
            f"of a tenant, {throttled(*tenants)} times 429; {lost} lost, {twice} twice of "
            f"{in_doubt} on their way, {named} named; longest silence {gap:.1f} s"
            + ("" if kill else f"; {1000 * processor / people:.1f} ms of processor a message")
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer people, rougher numbers")
    parser.add_argument("--record", action="store_true", help=f"keep it in {RECORDED.name}")
    parser.add_argument("scenes", nargs="*", help="paced killed outages million workers")
    chosen = parser.parse_args()
    for line in lines(quick=chosen.quick, scenes=chosen.scenes):
        print(line, flush=True)
    if chosen.record:
        about = {
            "date": f"{now():%Y-%m-%d}",
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "system": platform.system(),
            "latency_ms": 1000 * LATENCY,
        }
        before = json.loads(RECORDED.read_text("utf-8")) if RECORDED.exists() else {}
        RECORDED.parent.mkdir(parents=True, exist_ok=True)
        RECORDED.write_text(json.dumps(before | about | NUMBERS, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
