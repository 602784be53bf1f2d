"""A PostgreSQL server of the tests' own: in a temporary folder, on a free port of this machine."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import psycopg

from tests.waiting import eventually


def programs() -> Path | None:
    """The folder of initdb and postgres, or None when they are not installed."""
    found = [str(path) for path in Path("/usr/lib/postgresql").glob("*/bin")]  # Debian's place
    found.sort(key=lambda path: int(Path(path).parent.name))
    path = os.pathsep.join([os.environ.get("PATH", ""), *reversed(found)])
    initdb = shutil.which("initdb", path=path)
    # The link's target: the server looks for its other files from where it really is.
    return Path(initdb).resolve().parent if initdb else None


@contextmanager
def server() -> Iterator[str]:
    """Start a server; gives the address of it, to which the name of a database is added."""
    bin_ = programs()
    assert bin_, "PostgreSQL is not installed (Debian: postgresql)"
    folder = Path(mkdtemp(prefix="postgresql-"))
    # PostgreSQL refuses to run as root.
    who: dict[str, Any] = {"user": "nobody", "extra_groups": []} if os.geteuid() == 0 else {}
    if who:
        shutil.chown(folder, "nobody")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = folder / "data"
    init = [str(bin_ / "initdb"), "--auth=trust", "--username=postgres", "--no-sync"]
    made = subprocess.run([*init, str(data)], cwd=folder, capture_output=True, text=True, **who)
    assert made.returncode == 0, made.stderr
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": "",
        "fsync": "off",
    }
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    with (folder / "log").open("w") as log:
        running = subprocess.Popen(
            [str(bin_ / "postgres"), "-D", str(data), *options], cwd=folder, stderr=log, **who
        )
    address = f"postgresql://postgres@127.0.0.1:{port}/"
    try:
        _wait(address, running, folder / "log")
        yield address
    finally:
        running.send_signal(signal.SIGINT)  # SIGTERM would wait until every client has left
        running.wait()
        shutil.rmtree(folder)


def _wait(address: str, running: subprocess.Popen[bytes], log: Path) -> None:
    def answers() -> bool:
        assert running.poll() is None, log.read_text()
        try:
            psycopg.connect(f"{address}postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    eventually(answers)
