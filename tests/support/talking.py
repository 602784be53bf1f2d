"""What tests of bots share: bring a bot what Teams sends it, and read what it said."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from samples.local_teams.testing import LocalTeams
from samples.runner import running
from samples.runner.environment import environment
from samples.runner.recording import rehearse
from samples.runner.registry import find
from samples.runner.running import Run
from samples.runner.stories import read_story
from tests.support import ROOT
from tests.support.projects import from_their_projects

SAMPLES = ROOT / "samples"


async def deliver(client: TestClient[Any, Any], activities: list[dict[str, Any]]) -> None:
    """Post activities to the bot's endpoint, as Teams does, one after another."""
    for activity in activities:
        async with client.post("/api/messages", json=activity) as answer:
            assert answer.status in (200, 201)


def said(teams: LocalTeams) -> dict[str, list[str]]:
    """What the bot said, by the name of the conversation."""
    world = teams.world
    return {
        c.name: texts
        for c in world.conversations()
        if (texts := [m["text"] for m in c.messages if m["from"]["id"] == world.bot_id])
    }


@cache
def story(sample: str) -> Run:
    """What a sample did in its rehearsal, which is played once for all tests that look at it.

    It runs from the project that a reader downloads, with the files and the packages of that alone,
    and every optional variable is blank. Nothing may come out otherwise: the recordings are made in
    the checkout, where these variables are not set.
    """
    with blank_variables(sample), from_their_projects():
        return rehearse(sample)


@cache
def optional_variables() -> frozenset[str]:
    """Every variable that a sample can do without: what `optional_setting` is called with."""
    optional = _read_by("optional_setting", "whole_number", "number")
    return optional - _read_by("setting")  # what one program requires, another may do without


def _read_by(*functions: str) -> frozenset[str]:
    """The variables that are read by calls of these functions."""
    return frozenset(
        str(node.args[0].value)
        for path in SAMPLES.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in functions
        and isinstance(node.args[0], ast.Constant)
    )


@contextmanager
def blank_variables(sample: str) -> Iterator[None]:
    """Run a sample with every optional variable blank, but for those of its story."""
    # Without the first two it would not be Local Teams that it talks to. The databases have a test
    # of their own: a story's bot runs in the project's folder, where they would be files.
    kept = {"TEAMS_SERVICE_URL", "GRAPH_URL", "CONVERSATIONS_URL", "OUTBOX_URL"}
    blank = dict.fromkeys(
        optional_variables() - kept - read_story(find(sample)).environment.keys(), " "
    )
    as_ever = environment
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "environment", lambda *given: as_ever(*given) | blank)
        yield


def looks_at(sample: str) -> pytest.MarkDecorator:
    """Marks a test that looks at a rehearsal: one worker has all the tests of the same one."""
    return pytest.mark.xdist_group(f"rehearsal of {sample}")
