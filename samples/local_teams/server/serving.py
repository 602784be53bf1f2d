"""Run a web application: until Ctrl+C, or in a thread of its own."""

from __future__ import annotations

import asyncio
import shlex
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ssl import SSLContext
from typing import TYPE_CHECKING

from aiohttp import web

from ..model.contoso import contoso
from ..to_bot.deliveries import Deliveries, messaging_endpoint
from .app import make_app
from .variables import NO_CREDENTIALS, anonymous, variables

if TYPE_CHECKING:  # who needs no sign-in needs no cryptography either
    from ..sign_in.authority import Authority

HOST = "127.0.0.1"
PORT = 8090
_STOP_AFTER = 0.5  # seconds that open pages get to finish when the server stops


def serve(
    *,
    host: str = HOST,
    port: int = PORT,
    bot: str = "",
    authority: Authority | None = None,
    allowed_hosts: Sequence[str] = (),
) -> None:
    """Serve the Contoso world until Ctrl+C; print its address, and the variables that lead there.

    Args:
        bot: the messaging endpoint of the bot; empty for none.
        authority: whose tokens the Connector demands, and who signs activities for the bot;
            without it there are no tokens.
        allowed_hosts: names beside `host` under which it is reached.

    Raises:
        SystemExit: nothing can listen there, or `bot` is not a messaging endpoint; the message
            says so.
    """
    url, world = f"http://{host}:{port}/", contoso()
    try:
        deliveries = Deliveries(messaging_endpoint(bot) if bot else None)
    except ValueError as error:
        raise SystemExit(str(error)) from error
    exported = variables(world, url) | {"ENV_FILE": NO_CREDENTIALS["ENV_FILE"]}
    if authority is None:
        exported |= anonymous()
    lines = [
        f"Local Teams: {url} (the page and the service URL). Stop with Ctrl+C.",
        "Paste this into the shell of a program that sends here, for example a sample or your bot:",
        *(f"export {name}={shlex.quote(value)}" for name, value in exported.items()),
    ]
    try:
        web.run_app(
            make_app(
                world,
                authority=authority,
                deliveries=deliveries,
                hosts=[host, *allowed_hosts],
            ),
            host=host,
            port=port,
            shutdown_timeout=_STOP_AFTER,
            access_log=None,
            print=lambda _: print(*lines, sep="\n", flush=True),
        )
    except (OSError, ValueError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SystemExit(
            f"Cannot serve at {url}: {reason}\nName another port: --port {port + 1}"
        ) from error


@contextmanager
def serving(app: web.Application, *, tls: SSLContext | None = None) -> Iterator[str]:
    """Serve an application in a thread of its own, on a free port here; gives its URL."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="local-teams", daemon=True)
    thread.start()
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_STOP_AFTER)

    async def start() -> str:
        await runner.setup()
        await web.TCPSite(runner, HOST, 0, ssl_context=tls).start()
        return f"{'https' if tls else 'http'}://{HOST}:{runner.addresses[0][1]}/"

    try:
        yield asyncio.run_coroutine_threadsafe(start(), loop).result()
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
