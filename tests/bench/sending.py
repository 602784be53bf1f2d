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
import ssl
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    ExitStack,
    asynccontextmanager,
    contextmanager,
)
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import aiohttp
import trustme
import urllib3.util.connection
from aiohttp import web
from botbuilder.core import BotFrameworkAdapter, BotFrameworkAdapterSettings, TurnContext
from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication
from botbuilder.schema import ChannelAccount, ConversationAccount, ConversationReference
from botframework.connector.auth import ClaimsIdentity

from samples.local_teams.model.world import contoso
from samples.shared.bot import Bot, connect
from samples.shared.credentials import Credentials
from samples.shared.sending import send
from tests.bench.local_teams import in_a_process

IN_FLIGHT = 20
LATENCY = 0.05  # seconds, of the Connector
SIGN_IN = 0.1  # seconds, of the token endpoint
LOGIN = "login.microsoftonline.com"
APP, TENANT = contoso().bot_app_id, contoso().tenant_id
TEXT = "The build is green again."
RECORDED = Path(__file__).parents[2] / "docs" / "recorded" / "bench" / "sending.json"

Send = Callable[[], Awaitable[Any]]
Kind = Callable[[str], AbstractAsyncContextManager[Send]]


# -- the stand-ins, each in a process of its own ---------------------------------------------------


def connector(latency: float) -> web.Application:
    """Answers every request after this many seconds as Teams does a message."""

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        if latency:
            await asyncio.sleep(latency)
        return web.json_response({"id": "1767603600000"}, status=201)

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", answer)
    return app


def entra() -> web.Application:
    """Gives everybody a token, after a while."""

    async def discover(request: web.Request) -> web.Response:
        tenant = f"https://{LOGIN}/{request.match_info['tenant']}"
        return web.json_response(
            {
                "issuer": f"{tenant}/v2.0",
                "authorization_endpoint": f"{tenant}/oauth2/v2.0/authorize",
                "token_endpoint": f"{tenant}/oauth2/v2.0/token",
            }
        )

    async def token(request: web.Request) -> web.Response:
        await asyncio.sleep(SIGN_IN)
        return web.json_response(
            {"token_type": "Bearer", "expires_in": 3600, "access_token": "local-token"}
        )

    app = web.Application()
    app.router.add_get("/{tenant}/v2.0/.well-known/openid-configuration", discover)
    app.router.add_post("/{tenant}/oauth2/v2.0/token", token)
    return app


@contextmanager
def signed_in() -> Iterator[str]:
    """The token endpoint and the Connector, over TLS; gives the URL of the Connector."""
    authority = trustme.CA()
    with ExitStack() as stack:
        pem = stack.enter_context(authority.cert_pem.tempfile())
        chain = stack.enter_context(
            authority.issue_cert(LOGIN, "127.0.0.1").private_key_and_cert_chain_pem.tempfile()
        )
        login = stack.enter_context(in_a_process(entra, tls=chain))
        url = stack.enter_context(in_a_process(partial(connector, LATENCY), tls=chain))
        port = int(login.rstrip("/").rpartition(":")[2])
        real = urllib3.util.connection.create_connection

        def here(address: tuple[str, int], *rest: Any, **options: Any) -> Any:
            return real(("127.0.0.1", port) if address[0] == LOGIN else address, *rest, **options)

        stack.enter_context(patch("urllib3.util.connection.create_connection", here))
        variables = {
            "MicrosoftAppId": APP,
            "MicrosoftAppPassword": "secret",
            "MicrosoftAppTenantId": TENANT,
            "REQUESTS_CA_BUNDLE": pem,
            "TEAMS_ALLOWED_SERVICE_URLS": url,
        }
        stack.enter_context(patch.dict(os.environ, variables))
        yield url


@contextmanager
def anonymous() -> Iterator[str]:
    """The Connector without latency, sign-in or TLS: what is left is what sending costs here."""
    with in_a_process(partial(connector, 0)) as url:
        unset = {"MicrosoftAppId": "", "TEAMS_SERVICE_URL": url}
        with patch.dict(os.environ, unset):
            yield url


# -- who sends -------------------------------------------------------------------------------------


def _reference(url: str) -> ConversationReference:
    return ConversationReference(
        channel_id="msteams",
        service_url=url,
        bot=ChannelAccount(id=f"28:{APP}", name="Contoso Notifier"),
        user=ChannelAccount(id=contoso().people[0].id),
        conversation=ConversationAccount(
            id="a:1za5zbIuZVoD99yu471UEcwVE0samVU1r6mOa7nbSd3QFJv",
            conversation_type="personal",
            tenant_id=TENANT,
        ),
    )


@asynccontextmanager
async def raw(url: str) -> AsyncIterator[Send]:
    """Posts of the same JSON with aiohttp, and no SDK."""
    body = {
        "type": "message",
        "serviceUrl": url,
        "channelId": "msteams",
        "from": {"id": f"28:{APP}", "name": "Contoso Notifier"},
        "recipient": {"id": contoso().people[0].id},
        "conversation": {"conversationType": "personal", "id": "a:1", "tenantId": TENANT},
        "text": TEXT,
        "inputHint": "acceptingInput",
    }
    tls: Any = True
    if url.startswith("https"):
        tls = ssl.create_default_context(cafile=os.environ["REQUESTS_CA_BUNDLE"])
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=tls)) as session:

        async def post() -> None:
            headers = {"Authorization": "Bearer local-token"}
            path = f"{url}v3/conversations/a%3A1/activities"
            async with session.post(path, json=body, headers=headers) as answer:
                await answer.json()

        yield post


@asynccontextmanager
async def ours(url: str) -> AsyncIterator[Send]:
    """samples/shared/bot.py"""
    bot, reference = connect(), _reference(url)
    yield lambda: send(bot, reference, TEXT)


@asynccontextmanager
async def stock(url: str) -> AsyncIterator[Send]:
    """The SDK's CloudAdapter, as its samples make it."""
    settings = Credentials(*_credentials())
    adapter = CloudAdapter(ConfigurationBotFrameworkAuthentication(settings))
    bot, reference = Bot(adapter, settings.APP_ID), _reference(url)
    yield lambda: send(bot, reference, TEXT)


@asynccontextmanager
async def legacy(url: str) -> AsyncIterator[Send]:
    """The SDK's older BotFrameworkAdapter."""
    app_id, password, _, tenant = _credentials()
    adapter = BotFrameworkAdapter(BotFrameworkAdapterSettings(app_id, password, tenant or None))
    reference = _reference(url)

    async def on_turn(turn: TurnContext) -> None:
        await turn.send_activity(TEXT)

    async def post() -> None:
        if app_id:
            await adapter.continue_conversation(reference, on_turn, app_id)
        else:  # for any app id this adapter would go to the token endpoint
            claims = ClaimsIdentity({}, True)
            await adapter.continue_conversation(reference, on_turn, claims_identity=claims)

    yield post


def _credentials() -> tuple[str, str, str, str]:
    if app_id := os.environ["MicrosoftAppId"]:
        return app_id, os.environ["MicrosoftAppPassword"], "SingleTenant", TENANT
    return "", "", "MultiTenant", ""


# -- what is measured ------------------------------------------------------------------------------


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


def _rounds(
    kinds: Mapping[Kind, int], url: str, rounds: int
) -> Iterator[tuple[int, Kind, Measured]]:
    """Every kind in turn, and that several times: a slow minute of the machine strikes all."""
    for number in range(rounds):
        for kind, messages in kinds.items():
            yield number, kind, asyncio.run(_run(kind, url, messages))


NAMES: dict[Kind, str] = {
    raw: "raw aiohttp",
    ours: "bot.py",
    legacy: "BotFrameworkAdapter",
    stock: "CloudAdapter",
}


def measure(
    *, quick: bool = False, say: Callable[[str], None] = lambda line: None
) -> dict[str, Any]:
    """Run all of it; gives medians over the rounds, and ratios to `raw aiohttp` of each round."""
    rounds, share = (1, 10) if quick else (3, 1)
    scenes: dict[str, tuple[Callable[[], Any], dict[Kind, int]]] = {
        "signed in": (signed_in, {raw: 3000, ours: 3000, legacy: 600, stock: 40}),
        "no latency": (anonymous, {raw: 3000, ours: 3000, legacy: 600, stock: 300}),
    }
    told: dict[str, Any] = {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.system(),
        "rounds": rounds,
        "in_flight": IN_FLIGHT,
        "latency_ms": LATENCY * 1000,
        "sign_in_ms": SIGN_IN * 1000,
    }
    for scene, (scenery, counts) in scenes.items():
        kinds = {kind: max(count // share, IN_FLIGHT) for kind, count in counts.items()}
        runs: dict[str, list[Measured]] = {NAMES[kind]: [] for kind in kinds}
        with scenery() as url:
            for number, kind, measured in _rounds(kinds, url, rounds):
                runs[NAMES[kind]].append(measured)
                say(
                    f"  {scene}, round {number + 1} of {rounds}: {NAMES[kind]},"
                    f" {kinds[kind]:,} messages, {measured.rate:,.1f}/s"
                )
        told[scene] = {
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
        told["profile"] = {
            NAMES[kind]: asyncio.run(_profile(kind, url, 200 // share)) for kind in (stock, ours)
        }
    return told


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


def table(told: Mapping[str, Any]) -> Iterator[str]:
    """The measurements as lines of text."""
    ceiling = told["in_flight"] / told["latency_ms"] * 1000
    for scene, title in (
        (
            "signed in",
            f"Signed in: token endpoint {told['sign_in_ms']:.0f} ms, Connector"
            f" {told['latency_ms']:.0f} ms over TLS, {told['in_flight']} in flight;"
            f" latency allows {ceiling:.0f}/s",
        ),
        ("no latency", f"No latency, no sign-in, no TLS, {told['in_flight']} in flight"),
    ):
        yield f"  {title}"
        yield (
            "                        messages  messages/s  of raw  CPU ms each  of raw"
            "  longest stall  sockets"
        )
        for name, row in told[scene].items():
            sent = f"{row['messages']:8,}{row['rate']:12,.1f}{row['rate_ratio']:8.2f}"
            cost = f"{row['cpu']:13.2f}{row['cpu_ratio']:8.1f}"
            yield f"    {name:<20}{sent}{cost}{row['stall']:12,.0f} ms{row['sockets']:9,}"
        if scene == "signed in":
            reached = told[scene]["bot.py"]["rate"] / ceiling
            yield f"    bot.py reaches {reached:.1%} of what latency allows"


def lines(*, quick: bool = False) -> Iterator[str]:
    """Run it, and tell the results, a line each."""
    yield from table(measure(quick=quick, say=partial(print, flush=True)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.sending")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--record", action="store_true", help=f"write {RECORDED.name} for the page")
    chosen = parser.parse_args()
    told = measure(quick=chosen.quick, say=partial(print, flush=True))
    print(*table(told), sep="\n")
    if chosen.record:
        RECORDED.parent.mkdir(exist_ok=True)
        RECORDED.write_text(json.dumps(told, indent=2) + "\n", "utf-8")
