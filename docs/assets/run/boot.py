"""Python in the page: packages that come when they are asked for, stand-ins for those that do not,
and runs that tell the page what happens."""

from __future__ import annotations

import gc
import json
import lzma
import marshal
import sys
import warnings
import zipimport
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from types import CodeType, ModuleType
from typing import Any, ClassVar, NoReturn
from zipfile import ZipFile

HERE = Path.home()
ZIP_HEAD, PYC_HEAD = 30, 16  # bytes before the name of a stored file, and before a module's code
SAMPLES: dict[str, str] = {}  # every file, by its path below samples/
_written: dict[str, str] = {}  # what is in the files now
# What is imported and yet not there, by the first part of a module's name, and why. The build
# leaves out the distributions of these modules.
STOOD_IN_FOR = {
    "_multiprocessing": "a browser starts no processes",
    "cryptography": "there is no build of it for browsers, and nobody signs in here",
    "dotenv": "a page has no file .env",
    "psycopg": "a browser reaches no PostgreSQL",
    "psycopg_pool": "a browser reaches no PostgreSQL",
    **dict.fromkeys(
        (
            "aiounittest",
            "babel",
            "emoji",
            "recognizers_choice",
            "recognizers_date_time",
            "recognizers_number",
            "recognizers_number_with_unit",
            "recognizers_text",
            "regex",
        ),
        "of the prompts in botbuilder-dialogs, a browser can run those for text",
    ),
}


class Packs(MetaPathFinder):
    """Finds modules in archives that are fetched when one of them is imported.

    Args:
        fetch: the bytes of an archive, by name.
        index: which archive a module is in.
    """

    def __init__(self, fetch: Callable[[str], bytes], index: dict[str, str]) -> None:
        self._fetch, self._index = fetch, index

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in self._index:
            return None
        archive = HERE / self._index[fullname]
        if not archive.exists():
            archive.write_bytes(lzma.decompress(self._fetch(f"{archive.name}.xz")))
            sys.path.append(str(archive))  # where importlib.metadata looks for versions
        inside = "/".join(fullname.split(".")[:-1])
        return zipimport.zipimporter(f"{archive}/{inside}").find_spec(fullname)


class Base(MetaPathFinder):
    """Finds the modules of the archive that every run loads. They are read from memory: zipimport
    opens the archive anew for each, which takes a quarter of the time that imports take.

    Args:
        archive: also there, for what is not code.
    """

    def __init__(self, archive: Path, data: bytes) -> None:
        self._archive = archive
        self._loaders: dict[str, InMemory] = {}  # one for each folder, as zipimport has them
        self._places: dict[str, str] = {}
        for info in ZipFile(BytesIO(data)).infolist():
            place, code, _ = info.filename.partition(".pyc")
            if code:
                name = place.removesuffix("/__init__").replace("/", ".")
                start = info.header_offset + ZIP_HEAD + len(info.filename.encode())
                InMemory.codes[name] = memoryview(data)[start + PYC_HEAD : start + info.file_size]
                self._places[name] = place

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        place = self._places.get(fullname)
        if place is None:
            return None
        is_package = place.endswith("/__init__")
        folder = "/".join([str(self._archive), *fullname.split(".")[:-1]])
        loader = self._loaders.get(folder) or self._loaders.setdefault(folder, InMemory(folder))
        origin = f"{self._archive}/{place}.pyc"
        spec = ModuleSpec(fullname, loader, origin=origin, is_package=is_package)
        spec.has_location = True
        if is_package:
            spec.submodule_search_locations = [origin.removesuffix("/__init__.pyc")]
        return spec


class InMemory(zipimport.zipimporter):
    """Loads modules of an archive whose code is in memory."""

    codes: ClassVar[dict[str, memoryview]] = {}  # by the name of a module

    def get_code(self, fullname: str) -> CodeType:
        code: CodeType = marshal.loads(self.codes[fullname])
        return code


class NotInThePage(NotImplementedError, ImportError):
    """A reader's code uses what the page has not got. Libraries that can do without catch it."""


class StandIns(MetaPathFinder, Loader):
    """Finds modules for what the page has not got: importing it works, using it does not."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        known = fullname.partition(".")[0] in STOOD_IN_FOR
        return ModuleSpec(fullname, self, is_package=True) if known else None

    def exec_module(self, module: ModuleType) -> None:
        vars(module)["__getattr__"] = lambda name: stand_in(f"{module.__name__}.{name}")


class StandIn(type):
    """Makes classes, because libraries derive from them, catch them and join them to types."""

    def __getattr__(cls, name: str) -> StandIn:
        return stand_in(f"{cls.__name__}.{name}")

    def __call__(cls, *_: object, **__: object) -> NoReturn:
        raise NotInThePage(missing(cls.__name__))


@cache
def stand_in(name: str) -> StandIn:
    """What stands for `module.name`, the same one each time."""
    if name.rpartition(".")[2].startswith("__"):  # what Python itself looks for
        raise AttributeError(missing(name))
    return StandIn(name, (Exception,), {})


def missing(name: str) -> str:
    return f"{name} is not in the page: {STOOD_IN_FOR[name.partition('.')[0]]}."


def install(base: Any, index: str, fetch: Callable[[str], Any], samples: str, modules: str) -> None:
    """Make the packages and the samples importable, and import what every sample needs.

    Args:
        index: which archive a module is in, as JSON; so are the samples, which are written
            already, and the modules that every run imports.
    """
    gc.disable()  # what is imported stays
    archive = HERE / "base.zip"
    data = bytes(base.to_py())
    archive.write_bytes(data)
    sys.path[:0] = [str(archive), str(HERE)]
    # First of all: what else has parts of a package would take the whole for its own.
    packs = Packs(lambda name: fetch(name).to_py(), json.loads(index))
    sys.meta_path[:0] = [Base(archive, data), packs]
    make_do()
    SAMPLES.update(json.loads(samples))
    _written.update(SAMPLES)
    # Looked up now, before a reader's code replaces a file.
    import_module("samples.runner.registry").GUIDE.samples()
    for module in json.loads(modules):
        import_module(module)
    gc.freeze()
    gc.enable()


def make_do() -> None:
    """Let work here what works everywhere else: imports, and calls that are due already."""
    from pyodide.webloop import WebLoop

    sys.meta_path.append(StandIns())
    # A library that goes on without one need not say so.
    warnings.filterwarnings("ignore", r"(?s).*can't start new thread")
    later = WebLoop.call_later  # refuses times in the past, which other loops take for now
    WebLoop.call_later = lambda loop, delay, *args, **how: later(loop, max(delay, 0), *args, **how)


def put(files: dict[str, str]) -> None:
    """Write the samples, by their path below samples/, that are not there or have another text."""
    for name, text in files.items():
        if _written.get(name) != text:
            path = HERE / "samples" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            _written[name] = text
    (HERE / "samples/local_teams/server/page").mkdir(exist_ok=True)  # which its server serves


async def run(sample: str, changed: str, say: Callable[[str, str], None]) -> None:
    """Run a sample in a world of its own.

    Args:
        changed: files that the reader changed, as JSON: text by path below samples/.
        say: gets each thing that happens, with its data as JSON.
    """
    from samples.local_teams.model.contoso import contoso
    from samples.runner import in_page

    put(SAMPLES | json.loads(changed))
    with TemporaryDirectory() as folder:
        await in_page.run(
            sample, contoso(), lambda kind, what: say(kind, json.dumps(what)), folder=folder
        )


class Playground:
    """A world that lasts as long as the worker; what comes and goes is JSON.

    Args:
        say: gets each thing that happens, with its data.
    """

    def __init__(self, say: Callable[[str, str], None]) -> None:
        from samples.local_teams.model.contoso import contoso
        from samples.runner import in_page

        def hand_on(kind: str, what: Any) -> None:
            if kind != "wire":  # the page asks for that itself
                say(kind, json.dumps(what))

        self._world = in_page.Playground(contoso(), hand_on, folder=mkdtemp())

    async def open(self) -> None:
        """Begin."""
        await self._world.__aenter__()

    async def close(self) -> None:
        """End, with everything that was said."""
        await self._world.__aexit__(None, None, None)

    async def begin(self, sample: str, changed: str) -> bool:
        """See `in_page.Playground.begin`; changed: as in `run`."""
        put(SAMPLES | json.loads(changed))
        return await self._world.begin(sample)

    async def let(self, sample: str, number: int) -> None:
        """See `in_page.Playground.let`."""
        await self._world.let(sample, number)

    async def stop(self) -> None:
        """Stop the bot."""
        await self._world.stop()

    async def ask(self, method: str, path: str, body: str | None) -> str:
        """See `in_page.Playground.ask`."""
        answered = await self._world.ask(method, path, json.loads(body) if body else None)
        return json.dumps(answered)

    def watch(self) -> None:
        """See `in_page.Playground.watch`."""
        self._world.watch()
