"""Stories: what people do in Teams while a bot runs, so that a bot can be run and recorded too.

A story lies beside its sample, as `<sample>.story.toml`:

    bot = "remember"          # the sample that serves as the bot; itself when left out
    arguments = ["send"]      # the sample's command line
    [environment]             # variables that the bot and the sample are given
    NAME = "value"
    [[steps]]                 # in this order, each when the one before is through
    who = "Ada Lovelace"      # somebody does something: see events.Happening
    does = "says"
    text = "hi"
    [[steps]]
    call = "/api/notify"      # a program elsewhere posts JSON to the bot
    json = { text = "hi" }
    headers = { Authorization = "Bearer …" }
    expect = 202              # the status that the bot answers with; 200 to 299 when left out
    [[steps]]
    wait = 1                  # until so many more messages of the bot's have arrived
    [[steps]]
    restart = true            # the bot is killed (kill -9), and started again

Where `bot` names another sample, that one runs first, plays the steps and stops; then the sample
runs.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TextIO

from samples.local_teams.events.actions import Happening, happen
from samples.local_teams.server.serving import HOST
from samples.local_teams.testing import LocalTeams
from samples.runner.registry import ROOT, Sample, find

PATIENCE = 60.0  # seconds until a bot that does not start, answer or write is given up


@dataclass(frozen=True)
class Story:
    """What happens while a bot runs; see the module."""

    bot: str = ""
    is_bot: bool = False
    environment: dict[str, str] = field(default_factory=dict)
    steps: list[dict[str, Any]] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)


def read_story(sample: Sample) -> Story:
    """The story of a sample; an empty one when it has none and simply runs."""
    if not sample.story.exists():
        return Story()
    told = tomllib.loads(sample.story.read_text("utf-8"))
    bot = told.get("bot", sample.name)
    asked = told.get("arguments", [])
    return Story(bot, bot == sample.name, told.get("environment", {}), told["steps"], asked)


def play(teams: LocalTeams, story: Story, variables: dict[str, str], *, say: TextIO) -> None:
    """Start the story's bot, let the steps happen one after another, and stop the bot.

    Raises:
        SystemExit: the bot does not start, refuses a request or keeps silent.
    """
    with _Process(story.bot, variables, say) as bot:
        for step in story.steps:
            if step.get("restart"):
                bot.kill()
                bot.start()
            elif "wait" in step:
                bot.wait_for(teams, step["wait"])
            elif "call" in step:
                bot.post(
                    step["call"], step.get("json", {}), step.get("headers"), step.get("expect")
                )
                bot.seen = _said_by_bot(teams)
            else:
                for activity in happen(
                    teams.world, Happening(**step), service_url=teams.service_url
                ):
                    signed = teams.authority.sign(activity) if teams.authority else ""
                    bot.post("/api/messages", activity, {"Authorization": signed} if signed else {})
                bot.seen = _said_by_bot(teams)


def _said_by_bot(teams: LocalTeams) -> int:
    world = teams.world
    return sum(m["from"]["id"] == world.bot_id for c in world.conversations() for m in c.messages)


class _Process:
    """A bot in a process of its own."""

    def __init__(self, sample: str, variables: dict[str, str], say: TextIO) -> None:
        self._sample, self._say = sample, say
        self._port = _free_port()
        self._variables = variables | {"PORT": str(self._port), "PYTHONUNBUFFERED": "1"}
        self.seen = 0  # messages of the bot's when the last step was through

    def __enter__(self) -> _Process:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._end()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", find(self._sample).module],
            env=os.environ | self._variables,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        for _ in _until_patience_ends():
            if self._process.poll() is not None:
                self._end()
                raise SystemExit(f"{self._sample} ended with status {self._process.returncode}.")
            with socket.socket() as probe:
                if probe.connect_ex((HOST, self._port)) == 0:
                    return
        self.kill()
        raise SystemExit(f"{self._sample} does not listen at port {self._port} (PORT).")

    def kill(self) -> None:
        self._process.kill()
        self._end()

    def _end(self) -> None:
        self._process.wait()
        self._reader.join()
        assert self._process.stdout
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._say.write(line)

    def post(
        self,
        path: str,
        body: Any,
        headers: dict[str, str] | None = None,
        expect: int | None = None,
    ) -> None:
        """Post JSON to the bot, and stop the story when it answers with what is not expected."""
        request = urllib.request.Request(
            f"http://{HOST}:{self._port}{path}",
            json.dumps(body).encode(),
            {"Content-Type": "application/json", **(headers or {})},
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                status = answer.status
        except urllib.error.HTTPError as error:
            status = error.code
            error.close()
        if status != expect if expect else not 200 <= status <= 299:
            raise SystemExit(f"{self._sample} answered {status} to POST {path}.")

    def wait_for(self, teams: LocalTeams, more: int) -> None:
        """Wait until the bot has said so many more things than when the last step was through."""
        for _ in _until_patience_ends():
            if _said_by_bot(teams) >= self.seen + more:
                self.seen += more
                return
        raise SystemExit(
            f"{self._sample} said {_said_by_bot(teams) - self.seen} of {more} things in time."
        )


def _until_patience_ends() -> Iterator[None]:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        yield
        time.sleep(0.02)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((HOST, 0))
        return int(free.getsockname()[1])
