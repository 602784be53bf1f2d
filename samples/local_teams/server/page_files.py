"""The files of the page, and the Connector's OpenAPI description."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

PAGE = Path(__file__).with_name("page")
OPENAPI = Path(__file__).with_name("openapi.json")
# Microsoft's library that draws Adaptive Cards, where npm installs it
CARDS = Path(__file__).parents[3] / "node_modules/adaptivecards/dist/adaptivecards.min.js"
NO_CARDS = "// Not installed: run npm ci. Until then, the page draws cards plainly.\n"


async def _index(request: web.Request) -> web.FileResponse:
    return web.FileResponse(PAGE / "index.html")


async def _openapi(request: web.Request) -> web.FileResponse:
    return web.FileResponse(OPENAPI)


async def _cards(request: web.Request) -> web.StreamResponse:
    if CARDS.exists():
        return web.FileResponse(CARDS)
    return web.Response(text=NO_CARDS, content_type="text/javascript")


ROUTES = [
    web.get("/", _index),
    web.get("/_local/openapi.json", _openapi),
    web.get(f"/page/{CARDS.name}", _cards),
    web.static("/page", PAGE),
]
