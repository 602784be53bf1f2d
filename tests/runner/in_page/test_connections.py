"""Both clients reach Local Teams in memory, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import requests
from aiohttp import ClientConnectorError, ClientSession, ServerDisconnectedError

from samples.local_teams.model.contoso import contoso
from samples.local_teams.model.faults import Fault
from samples.runner.in_page import Page
from samples.runner.in_page.connections import SERVICE_URL
from samples.runner.in_page.playground import Playground
from tests.support.in_page import Heard, ask


async def test_nothing_but_local_teams_is_reached(heard: Heard, tmp_path: Path) -> None:
    async with Page(contoso(), heard, folder=str(tmp_path)):
        with pytest.raises(requests.ConnectionError, match=r"not https://example\.com/"):
            ask("https://example.com/")
        async with ClientSession() as session:
            with pytest.raises(ClientConnectorError, match=r"not https://example\.com"):
                await session.get("https://example.com/")


async def test_faults_reach_both_clients(heard: Heard, tmp_path: Path) -> None:
    world = contoso()
    url = f"{SERVICE_URL}v3/conversations"
    async with Page(world, heard, folder=str(tmp_path)), ClientSession() as session:
        world.faults += [Fault(drop=True), Fault(drop=True), Fault(status=502), Fault(status=502)]
        with pytest.raises(requests.ConnectionError, match="closed"):
            ask(url, "{}")
        with pytest.raises(ServerDisconnectedError):
            await session.post(url, json={})
        assert ask(url, b"{}").status_code == 502
        async with session.post(url, json={}) as answered:
            assert answered.status == 502
    assert [one["direction"] for one in heard["wire"]] == ["to Teams"] * 4


async def test_what_uses_requests_is_seen_too(heard: Heard, tmp_path: Path) -> None:
    async with Playground(contoso(), heard, folder=str(tmp_path)) as playground:
        ask(f"{SERVICE_URL}v3/conversations", b"{}")
        _, wire = await playground.ask("GET", "_local/wire")
        assert [(e["number"], e["path"]) for e in json.loads(wire)] == [(1, "/v3/conversations")]
