"""Serve a bot's web application on this machine."""

from __future__ import annotations

from collections.abc import Awaitable

from aiohttp import web

from samples.shared.settings import optional_setting

HOST = "127.0.0.1"


def serve(app: web.Application | Awaitable[web.Application]) -> None:
    """Serve on this machine until stopped, on the port in PORT (default 3978, as bots do)."""
    port = int(optional_setting("PORT", "3978"))

    def listening(_: str) -> None:
        print(f"Listening on http://{HOST}:{port}/api/messages", flush=True)

    web.run_app(app, host=HOST, port=port, print=listening, access_log=None)
