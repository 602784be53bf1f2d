"""Run in the page: which samples can, what each needs, and the files that the page loads for it.

Python itself comes from npm, at the version of package-lock.json; the packages are the very
versions of requirements.txt, as plain Python. They are put together once, in .cache/run.
"""

from __future__ import annotations

import ast
import hashlib
import json
import logging
import lzma
import os
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes
from email.message import Message
from functools import cache
from importlib.metadata import distribution, distributions, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast
from zipfile import ZipFile

from mkdocs.structure.files import File, Files
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from samples.facts import named_rows
from samples.runner import registry
from samples.runner.registry import IN_EVERY_RUN, SAMPLES, Sample, imports, own_files

ROOT = Path(__file__).parents[2]
KEPT = ROOT / ".cache" / "run"
TOOLS = ROOT / "docs" / "plugins" / "run"
NODE = ROOT / "node_modules"
PYODIDE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm")
BOOT = ROOT / "docs" / "assets" / "run" / "boot.py"

log = logging.getLogger("mkdocs.hooks.in_page")


class Missing(Exception):
    """Run in the page cannot be built here; the text says why, and what to do."""


# -- what a sample needs ---------------------------------------------------------------------------


@cache
def owners() -> dict[str, str]:
    """The distribution of each installed module, by its path."""
    return {
        file: name
        for dist in distributions()
        for name in [canonicalize_name(dist.metadata["Name"])]  # read once, not for every file
        for line in (dist.read_text("RECORD") or "").splitlines()
        if (file := line.partition(",")[0]).endswith(".py")
    }


def needs(starts: Iterable[Path]) -> set[str]:
    """The distributions that some files, and the files of samples/ that they import, import."""
    found = set()
    for path in own_files(starts):
        for name in imports(path) if path.suffix == ".py" else ():
            parts = name.split(".")
            for end in range(len(parts), 0, -1):
                inside = "/".join(parts[:end])
                if owner := owners().get(f"{inside}.py") or owners().get(f"{inside}/__init__.py"):
                    found.add(owner)
                    break
        if "zoneinfo.ZoneInfo" in (imports(path) if path.suffix == ".py" else ()):
            found.add("tzdata")  # elsewhere the system has it
    return found


@cache
def stood_in_for() -> set[str]:
    """The distributions for which the page has a stand-in."""
    modules = runpy.run_path(str(BOOT))["STOOD_IN_FOR"]
    return {owners().get(f"{module}/__init__.py", "") for module in modules}


def with_all_they_need(wanted: set[str]) -> set[str]:
    """Distributions with all that they require in a browser, as installed here."""
    there = {
        **cast("dict[str, str]", default_environment()),
        "sys_platform": "emscripten",
        "platform_system": "Emscripten",
        "python_version": "3.14",
        "python_full_version": "3.14.2",
        "extra": "",
    }
    found: set[str] = set()
    waiting = list(wanted)
    while waiting:
        name = waiting.pop()
        if name in found or name in stood_in_for():
            continue
        found.add(name)
        for line in distribution(name).requires or []:
            required = Requirement(line)
            if not required.marker or required.marker.evaluate(there):
                waiting.append(canonicalize_name(required.name))
    return found


@cache
def obstacle(sample: Sample) -> str:
    """Why a sample cannot run in the page, in words that follow a colon; empty if it can.

    Where the page's Python cannot be built, nothing is known to be in the way.
    """
    try:
        found = parts()
    except Missing:
        return ""
    if end := found["failed"].get(sample.name):
        module = re.fullmatch(r"ModuleNotFoundError: No module named '(.+)'", end)
        return f"it needs {module[1]}, which no browser has" if module else f"it ends with {end}"
    return hindered(sample, found["absent"])


def hindered(sample: Sample, absent: list[str]) -> str:
    """As `obstacle`, knowing of which distributions there is no build for browsers."""
    missing = sorted(with_all_they_need(needs([sample.start])) & set(absent))
    return f"it needs {missing[0]}, of which there is no build for browsers" if missing else ""


# -- what the page loads ---------------------------------------------------------------------------


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
    # PyPI's Node, which is beside Python; on a machine that it has none for, the machine's own.
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    node = shutil.which("node", path=places)
    if not node:
        raise Missing("Node is not installed")
    samples = registry.samples().values()
    lines = locked(with_all_they_need(needs(_starts(samples))))
    key = hashlib.sha256(json.dumps([lines, [sample.name for sample in samples]]).encode())
    for path in (ROOT / "package-lock.json", *TOOLS.iterdir(), BOOT):
        if path.is_file():
            key.update(path.read_bytes())
    made = KEPT / key.hexdigest()[:16]
    if not (made / "parts.json").exists():
        KEPT.mkdir(parents=True, exist_ok=True)
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
    told: dict[str, Any] = json.loads((assemble() / "parts.json").read_text("utf-8"))
    return told


def locked(wanted: set[str]) -> dict[str, str]:
    """The lines of requirements.txt for some distributions, hashes included."""
    blocks = re.split(r"^(?=[a-z0-9])", (ROOT / "requirements.txt").read_text("utf-8"), flags=re.M)
    found = {block.partition("==")[0]: block for block in blocks}
    return {name: re.sub(r" ; .*(?= \\$)", "", found[name], flags=re.M) for name in sorted(wanted)}


def _starts(samples: Iterable[Sample]) -> list[Path]:
    base = [SAMPLES.parent / f"{module.replace('.', '/')}.py" for module in IN_EVERY_RUN]
    return [*base, *(sample.start for sample in samples)]


def _make(folder: Path, lines: dict[str, str], node: str) -> None:
    absent = _without_build(lines)
    can = [sample for sample in registry.samples().values() if not hindered(sample, absent)]
    wanted = with_all_they_need(needs(_starts(can)))
    wheels = _download([lines[name] for name in sorted(wanted)])
    plan = {
        "folder": str(KEPT / "wheels"),
        "wheels": [wheel.name for wheel in wheels],
        "base": IN_EVERY_RUN,
        "samples": [sample.name for sample in can],
        "pyodide": json.loads((NODE / "pyodide/pyodide-lock.json").read_text("utf-8"))["info"],
    }
    (folder / "plan.json").write_text(json.dumps(plan), "utf-8")
    _run([node, str(TOOLS / "pack.mjs"), str(folder / "plan.json"), str(folder)])
    with ThreadPoolExecutor() as threads:
        list(threads.map(_squeeze, set(folder.glob("*.zip")) - {folder / "python.zip"}))
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
    texts, shipped = _licenses(wheels, _packages_of(bundled))
    (folder / "licenses.txt").write_text(texts, "utf-8")
    failed = json.loads((folder / "failed.json").read_text("utf-8"))
    for name in ("plan.json", "bundled.json", "failed.json"):
        (folder / name).unlink()
    found = {"absent": absent, "failed": failed, "shipped": shipped}
    (folder / "parts.json").write_text(json.dumps(found), "utf-8")


def _squeeze(archive: Path) -> None:
    """Compress an archive, here and not in Pyodide, which takes five times as long."""
    squeezed = lzma.compress(archive.read_bytes(), preset=9 | lzma.PRESET_EXTREME)
    archive.with_suffix(".zip.xz").write_bytes(squeezed)
    archive.unlink()


def _without_build(lines: dict[str, str]) -> list[str]:
    """The distributions that are no plain Python here, and have no wheel that is."""
    absent = []
    for name, line in lines.items():
        if "Root-Is-Purelib: true" not in (distribution(name).read_text("WHEEL") or ""):
            try:
                _download([line])
            except Missing:
                absent.append(name)
    return absent


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


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if "ERROR" in line] or [
            done.stderr[-500:]
        ]
        raise Missing(f"{Path(command[0]).name} {command[1]} failed: {said[-1]}")
    return done.stdout


# -- what is shipped, and under which licenses -----------------------------------------------------


def _packages_of(inputs: Iterable[str]) -> list[Path]:
    """The folders of the npm packages that are shipped: as they are, or in a bundle."""
    found = {NODE / "pyodide"}
    for name in inputs:
        if inside := re.match(r"node_modules/((?:@[^/]+/)?[^/]+)/", name):
            found.add(NODE / inside[1])
    return sorted(found)


def _licenses(wheels: list[Path], packages: list[Path]) -> tuple[str, list[dict[str, str]]]:
    """The text of every license, and one row for each thing shipped."""
    rows = [
        {
            "name": "Python",
            "version": json.loads((NODE / "pyodide/pyodide-lock.json").read_text("utf-8"))["info"][
                "python"
            ],
            "license": "PSF-2.0",
            "from": "npm, in pyodide",
        }
    ]
    texts = []
    for package in packages:
        told = json.loads((package / "package.json").read_text("utf-8"))
        rows.append({key: told[key] for key in ("name", "version", "license")} | {"from": "npm"})
        texts += [
            f"{told['name']} {told['version']}\n\n{path.read_text('utf-8')}"
            for path in sorted(package.glob("LICENSE*"))
        ]
    for wheel in wheels:
        with ZipFile(wheel) as zipped:
            inside = [name for name in zipped.namelist() if ".dist-info/" in name]
            metadata = message_from_bytes(
                zipped.read(next(name for name in inside if name.endswith("/METADATA")))
            )
            name, version = metadata["Name"], metadata["Version"]
            rows.append(
                {"name": name, "version": version, "license": _license(metadata), "from": "PyPI"}
            )
            texts += [
                f"{name} {version}\n\n{zipped.read(path).decode('utf-8', 'replace')}"
                for path in inside
                if re.search(r"/(LICEN[CS]E|COPYING|NOTICE|AUTHORS)[^/]*$", path, re.I)
            ]
    return f"\n\n{'-' * 100}\n\n".join(texts), rows


def _license(metadata: Message) -> str:
    """What a package says of its license: an expression, a short name, or classifiers."""
    said = str(metadata["License-Expression"] or metadata["License"] or "")
    if said and "\n" not in said and len(said) < 40:
        return said
    return ", ".join(
        one.rpartition(" :: ")[2]
        for one in metadata.get_all("Classifier") or []
        if one.startswith("License")
    )


# -- a sample as a project -------------------------------------------------------------------------


def project(sample: Sample) -> dict[str, Any]:
    """What a reader needs to run a sample alone: its files, packages and variables."""
    files = sample.files()
    wanted = needs([sample.start])
    return {
        "module": sample.module,
        "files": {
            "start": sample.path,
            "all": [path.relative_to(SAMPLES).as_posix() for path in files],
        },
        "requirements": "".join(f"{name}=={version(name)}\n" for name in sorted(wanted)),
        "settings": example_settings(files),
    }


def example_settings(files: Iterable[Path]) -> str:
    """The variables that files read, as a `.env.example`: an empty line for each one that they
    cannot do without, then as comments those that have a default."""
    needed: dict[str, None] = {}
    optional: dict[str, str] = {}
    for path in files:
        tree = ast.parse(path.read_text("utf-8") if path.suffix == ".py" else "")
        constants = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id == "setting":
                needed |= dict.fromkeys(_texts(node.args[0], constants))
            elif node.func.id == "optional_setting":
                [default] = [text for arg in node.args[1:] for text in _texts(arg, constants)] or [
                    ""
                ]
                for name in _texts(node.args[0], constants):
                    optional[name] = optional.get(name) or default
    lines = [f"{name}=" for name in needed]
    lines += [f"# {name}={default}" for name, default in optional.items() if name not in needed]
    return "\n".join([*lines, ""])


def _texts(node: ast.expr, constants: dict[str, Any]) -> list[str]:
    """What an argument can be: a text, a constant of the module, or one of two texts."""
    if isinstance(node, ast.IfExp):
        return [*_texts(node.body, constants), *_texts(node.orelse, constants)]
    if isinstance(node, ast.Name):
        return [str(constants[node.id])] if node.id in constants else []
    return [str(node.value)] if isinstance(node, ast.Constant) else []


# -- what MkDocs calls -----------------------------------------------------------------------------


def on_files(files: Files, config: Any) -> Files:
    """Add what the page loads; without Node or network, what the button says instead."""
    samples = registry.samples().values()
    anchors: dict[str, str] = {}  # of the table of errors, by status and code
    for anchor, row in named_rows().items():
        anchors.setdefault(f"{row.status} {row.code}", anchor)
    projects = {sample.name: project(sample) for sample in samples}
    told: dict[str, Any] = {"errors": anchors, "projects": projects}
    try:
        made = assemble()
        for path in sorted(made.rglob("*")):
            if path.is_file() and path.name != "parts.json":
                name = f"assets/run/{path.relative_to(made)}"
                files.append(File.generated(config, name, abs_src_path=str(path)))
    except Missing as missing:
        log.info("Samples do not run in the page: %s.", missing)
        told["missing"] = str(missing)
    everything = {*SAMPLES.rglob("*.py"), *SAMPLES.rglob("*.toml")}
    everything = everything.union(*(sample.files() for sample in samples))
    texts = {str(p.relative_to(SAMPLES)): p.read_text("utf-8") for p in sorted(everything)}
    for name, data in (("samples.json", texts), ("run.json", told)):
        files.append(File.generated(config, f"assets/run/{name}", content=json.dumps(data)))
    return files
