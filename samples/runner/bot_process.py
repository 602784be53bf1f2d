"""A bot in a process of its own: started, killed, posted to, waited for."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any, TextIO

from samples.local_teams.server.serving import HOST
from samples.local_teams.testing import LocalTeams
from samples.runner.files import ROOT
from samples.runner.registry import find
from samples.runner.stories import PATIENCE


def said_by_bot(teams: LocalTeams) -> int:
    return teams.world.said_by_bot


class BotProcess:
    """A bot in a process of its own.

    Args:
        sample: its name in the registry.
        variables: its environment, on top of this process's.
        say: gets what it prints.

    Raises:
        SystemExit: it does not start, refuses a request, or sends nothing in time.
    """

    def __init__(self, sample: str, variables: dict[str, str], say: TextIO) -> None:
        self._sample, self._say = sample, say
        self._port = _free_port()
        self._variables = variables | {
            "HOST": HOST,
            "PORT": str(self._port),
            "PYTHONUNBUFFERED": "1",
        }
        self.seen = 0  # messages that the bot had sent when the last step ended

    def __enter__(self) -> BotProcess:
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
            # The port is a free one, which is another each time.
            if not line.startswith(f"Listening on http://{HOST}:{self._port}/"):
                self._say.write(line)

    def post(
        self,
        path: str,
        body: Any,
        headers: dict[str, str] | None = None,
        expect: int | None = None,
    ) -> None:
        """Post JSON to the bot; end the story when it answers with an unexpected status."""
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
        """Wait until the bot has sent so many more messages than when the last step ended."""
        for _ in _until_patience_ends():
            if said_by_bot(teams) >= self.seen + more:
                self.seen += more
                return
        raise SystemExit(
            f"{self._sample} said {said_by_bot(teams) - self.seen} of {more} things in time."
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
