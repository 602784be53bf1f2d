"""Runs in Pyodide at build time: compiles what the samples import, for the Python of the page.

Reading source is what makes the first Run slow, and bytecode is a third larger: what some sample
imports is shipped as bytecode, and everything else as source, in an archive that waits.
"""

from __future__ import annotations

import asyncio
import io
import json
import sys
import zipfile
from importlib import _bootstrap_external, import_module
from importlib.abc import MetaPathFinder
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

SITE, STDLIB = Path("/site"), Path("/stdlib")
NOT_CODE = (".pyi", ".pyx", ".pxd", ".c", ".h", ".typed", ".so")


def unpack(plan: dict[str, Any]) -> dict[str, str]:
    """Lay out the wheels and the standard library; which distribution each file came with."""
    owner: dict[str, str] = {}
    for wheel in plan["wheels"]:
        with zipfile.ZipFile(f"/wheels/{wheel}") as zipped:
            zipped.extractall(SITE)
            owner |= dict.fromkeys(zipped.namelist(), wheel.split("-")[0].lower())
    with zipfile.ZipFile("/stdlib.zip") as zipped:
        zipped.extractall(STDLIB)
        owner |= dict.fromkeys(zipped.namelist(), "python")
    return owner


def files() -> dict[str, Path]:
    """What may be shipped, by its name inside an archive."""
    found = {}
    for root in (SITE, STDLIB):
        for path in sorted(root.rglob("*")):
            name = str(path.relative_to(root))
            inside = ".dist-info/" in name
            if path.is_dir() or path.suffix in NOT_CODE or (inside and path.name != "METADATA"):
                continue
            found[name] = path
    return found


class Asked(MetaPathFinder):
    """Keeps which modules are looked for. Some are found and not in sys.modules: they are tried,
    and want in turn what is not there."""

    names: ClassVar[set[str]] = set()

    def find_spec(self, fullname: str, *_: Any) -> None:
        self.names.add(fullname)


def imported() -> set[str]:
    """The files of the modules that were imported or tried, by their name inside an archive."""
    names = set()
    for module in list(sys.modules.values()):
        origin = getattr(module, "__file__", None) or ""
        for root in (f"{SITE}/", f"{STDLIB}/", "/lib/python314.zip/"):
            if origin.startswith(root):
                names.add(origin.removeprefix(root))
    for name in Asked.names:
        start = name.replace(".", "/")
        for file in (f"{start}.py", f"{start}/__init__.py"):
            if (SITE / file).exists() or (STDLIB / file).exists():
                names.add(file)
    return names


async def use(plan: dict[str, Any]) -> tuple[set[str], set[str], dict[str, str]]:
    """Import what every sample needs, then run every sample.

    Returns:
        The files that the first took, those that the samples took, and what those ended with
        that do not run here.
    """
    from samples.local_teams.model.contoso import contoso
    from samples.runner.in_page import run

    for name in plan["base"]:
        import_module(name)
    import_module("botbuilder.core.teams")
    await run("to_person", contoso(), lambda *_: None, folder="/tmp")
    base = imported()
    failed = {}
    for sample in plan["samples"]:
        happened: dict[str, Any] = {}
        with TemporaryDirectory() as folder:
            running = run(sample, contoso(), happened.__setitem__, folder=folder)
            try:
                await asyncio.wait_for(running, 60)
            except TimeoutError:
                happened["failed"] = {"text": "TimeoutError: it takes longer than a minute"}
        if "failed" in happened:
            failed[sample] = happened["failed"]["text"].strip().splitlines()[-1]
    return base, imported(), failed


def pyc(path: Path, name: str) -> bytes:
    code = compile(path.read_bytes(), name, "exec", dont_inherit=True, optimize=2)
    made: bytes = _bootstrap_external._code_to_hash_pyc(code, bytes(8), False)  # type: ignore[attr-defined]
    return made


def content(path: Path, *, compiled: bool, name: str) -> tuple[str, bytes]:
    if name.endswith(".py") and compiled:
        return f"{name}c", pyc(path, name)
    if path.name == "METADATA":  # what importlib.metadata reads of it, without the description
        return name, path.read_bytes().partition(b"\n\n")[0] + b"\n"
    return name, path.read_bytes()


def archive(entries: dict[str, Path], *, compiled: bool) -> bytes:
    """A ZIP file, stored: what started this compresses it, in less time."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as zipped:
        for name, path in sorted(entries.items()):
            inner, data = content(path, compiled=compiled, name=name)
            zipped.writestr(zipfile.ZipInfo(inner), data)
    return made.getvalue()


def size(entries: dict[str, Path]) -> int:
    return sum(path.stat().st_size for path in entries.values())


def module(name: str) -> str:
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


async def pack(plan: dict[str, Any]) -> None:
    """Write the archives into /out, and print which is written; packs.json says what module is in
    which, failed.json which samples do not run in a browser, and why."""
    owner = unpack(plan)
    sys.path[:0] = [str(SITE), "/"]
    import_module("boot").make_do()
    sys.meta_path.insert(0, Asked())
    write(plan, owner, *await use(plan))


def write(
    plan: dict[str, Any],
    owner: dict[str, str],
    base: set[str],
    used: set[str],
    failed: dict[str, str],
) -> None:
    Path("/out/failed.json").write_text(json.dumps(failed))
    base |= {name for name in owner if name.startswith("encodings/") and name in used}
    groups: dict[str, dict[str, Path]] = {}
    for name, path in files().items():
        of = owner[name]
        code = name.endswith(".py")
        if of == "python" and (not code or name in base):
            pack_name = "python"
        elif name in base or (not code and of in {owner[one] for one in base if one in owner}):
            pack_name = "base"
        elif name in used or (not code and of in {owner[one] for one in used if one in owner}):
            pack_name = "stdlib" if of == "python" else of
        elif code:
            pack_name = "rest"
        else:
            continue
        groups.setdefault(pack_name, {})[name] = path
    # What takes longest to compress comes first.
    for pack_name, entries in sorted(groups.items(), key=lambda group: -size(group[1])):
        data = archive(entries, compiled=pack_name != "rest")
        Path(f"/out/{pack_name}.zip").write_bytes(data)
        print(f"packed: {pack_name}.zip", flush=True)
    index: dict[str, str] = {}
    for pack_name, entries in groups.items():
        if pack_name not in ("python", "base"):
            index |= {module(n): f"{pack_name}.zip" for n in entries if n.endswith(".py")}
    lock = {"info": plan["pyodide"], "packages": {}}  # Pyodide's own packages are not used
    Path("/out/packs.json").write_text(
        json.dumps({"lock": lock, "index": index}, separators=(",", ":"))
    )
