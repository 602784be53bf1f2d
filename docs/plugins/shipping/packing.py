"""Puts together what the page loads, once for each set of versions, in .cache/run.

Python itself comes from npm, at the version of package-lock.json; the packages are the very
versions of requirements.txt, as plain Python.
"""

from __future__ import annotations

import hashlib
import json
import logging
import lzma
import os
import re
import shutil
import subprocess
import sys
import zlib
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from packaging.utils import canonicalize_name

from samples.runner.files import ROOT, files_of
from samples.runner.registry import GUIDE, Sample
from shipping import NODE, TOOLS, Missing
from shipping.licenses import licenses, packages_of
from shipping.needs import BOOT, hindered, needs, with_all_they_need

KEPT = ROOT / ".cache" / "run"
log = logging.getLogger("mkdocs.hooks.packing")
PYODIDE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm")


def assemble() -> Path:
    """The folder with what the page loads, made anew only when a version or the packing changed.

    Raises:
        Missing: Node, its packages or the network is missing.
    """
    made = _assembled()
    if isinstance(made, Missing):
        raise made
    return made


@cache
def _assembled() -> Path | Missing:
    """Tried once a build: what is missing then stays missing."""
    try:
        return _assemble()
    except Missing as missing:
        return missing


def _assemble() -> Path:
    if not all((NODE / "pyodide" / name).exists() for name in PYODIDE):
        raise Missing("Python for the page is not installed: make serve fetches it with npm")
    # PyPI's Node, which is beside Python; if PyPI has none for this machine, the machine's own.
    places = os.pathsep.join([str(Path(sys.executable).parent), *os.get_exec_path()])
    node = shutil.which("node", path=places)
    if not node:
        raise Missing("Node is not installed")
    samples = GUIDE.samples().values()
    lines = locked(with_all_they_need(needs(_starts(samples))))
    names = [sample.name for sample in samples]
    key = hashlib.sha256(json.dumps([lines, names, sorted(needs(_base()))]).encode())
    for path in (ROOT / "package-lock.json", *TOOLS.iterdir(), BOOT):
        if path.is_file():
            key.update(path.read_bytes())
    made = KEPT / key.hexdigest()[:16]
    if not (made / "parts.json").exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        log.info("Packing Python for Run in the page: a minute or two, once for these versions")
        with TemporaryDirectory(dir=KEPT) as folder:
            _make(Path(folder), lines, node)
            shutil.rmtree(made, ignore_errors=True)
            shutil.copytree(folder, made)
    return made


@cache
def parts() -> dict[str, Any]:
    """What assembling found: `absent` distributions, `shipped` ones with their licenses, and what
    samples end with that `failed`.

    Raises:
        Missing: as `assemble` does.
    """
    found: dict[str, Any] = json.loads((assemble() / "parts.json").read_text("utf-8"))
    return found


def locked(wanted: set[str]) -> dict[str, str]:
    """The lines of requirements.txt for some distributions, hashes included."""
    blocks = re.split(r"^(?=[a-z0-9])", (ROOT / "requirements.txt").read_text("utf-8"), flags=re.M)
    found = {block.partition("==")[0]: block for block in blocks}
    return {name: re.sub(r" ; .*(?= \\$)", "", found[name], flags=re.M) for name in sorted(wanted)}


def _starts(samples: Iterable[Sample]) -> list[Path]:
    return [*_base(), *(sample.start for sample in samples)]


def _base() -> list[Path]:
    return [file for module in GUIDE.in_every_run() for file in files_of(module)]


def _make(folder: Path, lines: dict[str, str], node: str) -> None:
    log.info("1 of 3: fetching %d packages as plain Python", len(lines))
    absent, wheels = _wheels(lines)
    can = [sample for sample in GUIDE.samples().values() if not hindered(sample, absent)]
    wanted = with_all_they_need(needs(_starts(can)))
    wheels = [
        wheel for wheel in wheels if canonicalize_name(wheel.name.partition("-")[0]) in wanted
    ]
    plan = {
        "folder": str(KEPT / "wheels"),
        "wheels": [wheel.name for wheel in wheels],
        "base": GUIDE.in_every_run(),
        "samples": [sample.name for sample in can],
        "pyodide": json.loads((NODE / "pyodide/pyodide-lock.json").read_text("utf-8"))["info"],
    }
    (folder / "plan.json").write_text(json.dumps(plan), "utf-8")
    log.info("2 of 3: running each of %d samples once, to see what it imports", len(can))
    _pack([node, str(TOOLS / "pack.mjs"), str(folder / "plan.json"), str(folder)], folder)
    _run(
        [
            *(node, str(NODE / "esbuild/bin/esbuild")),
            *(str(TOOLS / name) for name in ("editor.js", "project.js")),
            *("--bundle", "--minify", "--format=esm", f"--outdir={folder}"),
            f"--metafile={folder / 'bundled.json'}",
        ]
    )
    for name in PYODIDE:
        (folder / "pyodide").mkdir(exist_ok=True)
        shutil.copy(NODE / "pyodide" / name, folder / "pyodide" / name)
    bundled = json.loads((folder / "bundled.json").read_text("utf-8"))["inputs"]
    texts, shipped = licenses(wheels, packages_of(bundled))
    (folder / "licenses.txt").write_text(texts, "utf-8")
    failed = json.loads((folder / "failed.json").read_text("utf-8"))
    for name in ("plan.json", "bundled.json", "failed.json"):
        (folder / name).unlink()
    found = {"absent": absent, "failed": failed, "shipped": shipped}
    (folder / "parts.json").write_text(json.dumps(found), "utf-8")


def _pack(command: list[str], folder: Path) -> None:
    """Have the archives written, and compress each while the next one is written."""
    with ThreadPoolExecutor() as threads:
        compressed: list[Future[None]] = []
        for line in _said(command):
            _, packed, name = line.partition("packed: ")
            if packed:
                if not compressed:
                    log.info("3 of 3: compressing what they import")
                compress = {"python.zip": _deflate, "base.zip": _deflate_whole}.get(name, _squeeze)
                compressed.append(threads.submit(compress, folder / name))
        for one in compressed:
            one.result()


def _squeeze(archive: Path) -> None:
    """Compress an archive as a whole, here: Pyodide takes five times as long."""
    squeezed = lzma.compress(archive.read_bytes(), preset=9 | lzma.PRESET_EXTREME)
    archive.with_suffix(".zip.xz").write_bytes(squeezed)
    archive.unlink()


def _deflate_whole(archive: Path) -> None:
    """Compress the archive that every run loads as browsers inflate it by themselves."""
    archive.with_suffix(".zip.deflate").write_bytes(zlib.compress(archive.read_bytes(), 9))
    archive.unlink()


def _deflate(archive: Path) -> None:
    """Compress the files of an archive one by one, here for the same reason: Python reads it so."""
    stored = archive.with_suffix(".stored")
    archive.rename(stored)
    with ZipFile(stored) as old, ZipFile(archive, "w") as new:
        for info in old.infolist():
            new.writestr(ZipInfo(info.filename), old.read(info), ZIP_DEFLATED, 9)
    stored.unlink()


def _wheels(lines: dict[str, str]) -> tuple[list[str], list[Path]]:
    """The distributions that have no wheel of plain Python, and the wheels of all others."""
    absent: list[str] = []
    with ThreadPoolExecutor() as threads:
        try:
            found = list(threads.map(_download, _halves([*lines.values()])))
        except Missing:  # Which have none? Those that are plain Python here have one.
            doubtful = [name for name in lines if not _is_plain(name)]
            there = threads.map(_is_there, (lines[name] for name in doubtful))
            absent = [name for name, is_there in zip(doubtful, there, strict=True) if not is_there]
            wanted = [line for name, line in lines.items() if name not in absent]
            found = list(threads.map(_download, _halves(wanted)))
    return absent, sorted(wheel for half in found for wheel in half)


def _halves(lines: list[str]) -> list[list[str]]:
    """For two processes at once: pip is busy, and waits for nothing."""
    return [half for half in (lines[::2], lines[1::2]) if half]


def _is_plain(name: str) -> bool:
    return "Root-Is-Purelib: true" in (distribution(name).read_text("WHEEL") or "")


def _is_there(line: str) -> bool:
    try:
        return bool(_download([line]))
    except Missing:
        return False


def _download(lines: list[str]) -> list[Path]:
    with TemporaryDirectory(dir=KEPT) as folder:
        wanted = Path(folder) / "requirements.txt"
        wanted.write_text("".join(lines), "utf-8")
        _run(
            [
                *(
                    sys.executable,
                    "-m",
                    "pip",
                    "download",
                    "--quiet",
                    "--disable-pip-version-check",
                ),
                *("--require-hashes", "--no-deps", "--only-binary=:all:", "--platform=any"),
                *("--python-version=3.14", f"--dest={folder}", f"--requirement={wanted}"),
            ]
        )
        (KEPT / "wheels").mkdir(exist_ok=True)
        return [
            wheel.rename(KEPT / "wheels" / wheel.name)
            for wheel in sorted(Path(folder).glob("*.whl"))
        ]


def _run(command: list[str]) -> None:
    for _ in _said(command):
        pass


def _said(command: list[str]) -> Iterator[str]:
    """The lines that a command prints, as soon as it prints them.

    Raises:
        Missing: it failed; why is its last error.
    """
    with TemporaryFile("w+", encoding="utf-8") as complaint:
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=complaint, text=True, cwd=ROOT
        ) as running:
            assert running.stdout
            yield from (line.rstrip("\n") for line in running.stdout)
        complaint.seek(0)
        text = complaint.read()
    if running.returncode:
        errors = [line for line in text.splitlines() if "ERROR" in line]
        reason = errors[-1] if errors else text[-500:]
        raise Missing(f"{Path(command[0]).name} {command[1]} failed: {reason}")
