"""As `subprocess`, for programs of samples/: `python -m samples.<name>`, begun in no time.

Nine tenths of a bot's start are spent on importing the SDK. A process that has imported it, and
nothing of samples/, forks the bots of many tests: each is a process of its own with its own
environment, pipes and end, which can be killed. Where nothing can be forked it is `subprocess`.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from pathlib import Path
from subprocess import PIPE, STDOUT
from typing import IO, Any

from tests.support import unsynced

__all__ = ["PIPE", "STDOUT", "Popen"]

SDK = [
    *("aiohttp.web", "botbuilder.core", "botbuilder.dialogs", "botbuilder.integration.aiohttp"),
    *("procrastinate", "psycopg", "sqlalchemy.dialects.sqlite", "sqlalchemy.orm", "tenacity"),
]


class _Forked:
    """What tests use of `subprocess.Popen`; `command` is `[sys.executable, "-m", module, …]`."""

    def __init__(
        self,
        command: list[str],
        *,
        env: dict[str, str],
        cwd: Path,
        stdout: int,
        stderr: int,
        text: bool,
    ) -> None:
        assert command[:2] == [sys.executable, "-m"] and stdout == PIPE and text
        self.stdout, out = _pipe()
        self.stderr: IO[str] | None = None
        err = out
        if stderr == PIPE:
            self.stderr, err = _pipe()
        context = multiprocessing.get_context("forkserver")
        self._process = context.Process(target=_begin, args=(command[2:], env, str(cwd), out, err))
        with _nobody_measures():
            forkserver.set_forkserver_preload(SDK)
            forkserver.ensure_running()
        self._process.start()
        out.close()
        err.close()

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> None:
        self._process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout or 0)

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()

    def send_signal(self, number: signal.Signals) -> None:
        if self._process.pid and self.returncode is None:
            os.kill(self._process.pid, number)

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Read both pipes to their ends, which come with the end of the process."""
        with ThreadPoolExecutor() as readers:
            reading = [readers.submit(pipe.read) for pipe in (self.stdout, self.stderr) if pipe]
            try:
                self.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()
                raise
            out, *err = [read.result() for read in reading]
        return out, "".join(err)


def _pipe() -> tuple[IO[str], Connection]:
    reader, writer = multiprocessing.Pipe(duplex=False)
    read = os.fdopen(os.dup(reader.fileno()), encoding="utf-8")
    reader.close()
    return read, writer


@contextlib.contextmanager
def _nobody_measures() -> Iterator[None]:
    """The forking process is not measured: what it imports is not ours, and takes twice as long."""
    asked = {name: os.environ.pop(name) for name in [*os.environ] if name.startswith("COVERAGE_")}
    try:
        yield
    finally:
        os.environ.update(asked)


def _begin(
    command: list[str], environ: dict[str, str], folder: str, out: Connection, err: Connection
) -> None:
    """In the forked process: become `python -m <command>` there."""
    for pipe, number in ((out, 1), (err, 2)):
        os.dup2(pipe.fileno(), number)
    out.close()
    err.close()
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", buffering=1)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", buffering=1)
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(folder)
    sys.argv = command
    unsynced.leave_it_to_the_system()
    coverage = _measure()
    try:
        runpy.run_module(command[0], run_name="__main__", alter_sys=True)
    finally:
        if coverage:
            coverage.stop()
            coverage.save()


def _measure() -> Any:
    """Start to measure as every process that Python starts does, when the tests are measured."""
    if "COVERAGE_PROCESS_CONFIG" not in os.environ:
        return None
    import coverage

    return coverage.process_startup()


Popen: Any = (
    _Forked if "forkserver" in multiprocessing.get_all_start_methods() else subprocess.Popen
)
