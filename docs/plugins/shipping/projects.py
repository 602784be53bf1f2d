"""A sample as a project of its own: its files, packages and variables, and how to start it."""

from __future__ import annotations

import ast
import io
from base64 import b64decode, b64encode
from collections.abc import Iterable
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import build_cache

from samples.runner.files import SAMPLES
from samples.runner.registry import Sample
from samples.runner.stories import read_story
from samples.shared.callers import ROLE
from shipping.needs import needs
from shipping.requiring import requirements

# Secrets, what pip and Python write, and the databases: whom the bot knows.
IGNORED = ".env\n.venv/\n__pycache__/\n*.db*\n*.pem\n*.pfx\n*.p12\n*.key\n"
LOCAL = "http://127.0.0.1:3978/api/messages"  # where a bot listens without PORT
README = """# {name}

{docstring}

## Install

You need Python 3.11 or newer.

```sh
python3 -m venv .venv
.venv/bin/python -m pip install -r requirements.txt
cp .env.example .env
```

`requirements.txt` pins every package, also those that the packages need. Git ignores `.env`.

## Run it in your tenant

Fill in `.env`. A line that begins with `#` is optional and shows the default. Start the program
from this folder, where it finds `.env`, and with `-m`: by its path, Python does not find `samples`.

```sh
{command}
```

## Run it without a tenant

Clone the guide's repository. There, start Local Teams:

```sh
{local}
```

Copy the `export` lines that it prints, and paste them here, in the folder of this README, into a
second terminal. Leave `.env` out:

```sh
{command}
```

## Files

| File | What it is for |
|---|---|
{files}
"""


def project(sample: Sample) -> dict[str, Any]:
    """What a reader needs to run a sample alone: `files`, as paths below samples/, and `texts`, the
    files beside samples/ by their name."""
    files = [path.relative_to(SAMPLES).as_posix() for path in sample.files()]
    return {"files": files, "texts": _texts_beside(sample)}


def content(sample: Sample) -> dict[str, str]:
    """The text of each file of the project, by its path in it."""
    own = {f"samples/{path.relative_to(SAMPLES).as_posix()}": path for path in sample.files()}
    return {
        **_texts_beside(sample),
        **{name: path.read_text("utf-8") for name, path in own.items()},
    }


def archive_name(sample: Sample) -> str:
    """Where the site has the archive of a sample that does not run in the page."""
    return f"assets/projects/{sample.name.replace('/', '-')}.zip"


def archive(sample: Sample) -> bytes:
    """The project as a ZIP archive, the same for the same files."""
    texts = {f"{sample.stem}/{path}": text for path, text in content(sample).items()}
    return b64decode(build_cache.kept("archive", partial(_packed, texts), texts))


def _packed(texts: dict[str, str]) -> str:
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for path, text in texts.items():
            archive.writestr(ZipInfo(path), text, ZIP_DEFLATED)
    return b64encode(packed.getvalue()).decode()


def command(sample: Sample) -> str:
    """What starts the sample in its project."""
    return " ".join([".venv/bin/python", "-m", sample.module, *read_story(sample).arguments])


def about(path: Path) -> str:
    """What a file is for: the first paragraph of its docstring, or its first comment."""
    text = path.read_text("utf-8")
    if path.suffix != ".py":
        return text.partition("\n")[0].removeprefix("#").strip() if text[:1] == "#" else "data"
    return _read(text).docstring.partition("\n\n")[0].replace("\n", " ")


def _texts_beside(sample: Sample) -> dict[str, str]:
    files = sample.files()
    docstring = _read(sample.start.read_text("utf-8")).docstring
    rows = [
        "| `samples/{}` | {} |".format(
            path.relative_to(SAMPLES).as_posix(), about(path).replace("|", "\\|")
        )
        for path in files
        if path.name != "__init__.py" or about(path)
    ]
    bot = f" ARGS=--bot={LOCAL}" if read_story(sample).is_bot else ""
    readme = README.format(
        name=sample.stem,
        docstring=docstring,
        command=command(sample),
        local=f"make local{bot}",
        files="\n".join(rows),
    )
    return {
        "README.md": readme,
        ".env.example": example_settings(files),
        ".gitignore": IGNORED,
        "requirements.txt": "".join(
            f"{line}\n" for line in requirements(needs([sample.start])).values()
        ),
    }


def example_settings(files: Iterable[Path]) -> str:
    """The variables that files read, as a `.env.example`: an empty line for each one that they
    cannot do without, then as comments those that have a default."""
    needed: dict[str, None] = {}
    optional: dict[str, str] = {}
    for path in files:
        if path.suffix != ".py":
            continue
        read = _read(path.read_text("utf-8"))
        needed |= dict.fromkeys(read.needed)
        for name, default in read.optional.items():
            optional[name] = optional.get(name) or default
    lines = [f"{name}=" for name in sorted(needed, key=_order)]
    lines += [f"# {name}={default}" for name, default in optional.items() if name not in needed]
    return "\n".join([*lines, ""])


class _Module(NamedTuple):
    docstring: str
    needed: list[str]  # the variables that it cannot do without
    optional: dict[str, str]  # the others, with their defaults


@cache
def _read(text: str) -> _Module:
    """What projects say of a module's text. Many have the same, and to parse it takes time."""
    tree = ast.parse(text)
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    needed: list[str] = []
    optional: dict[str, str] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        if node.func.id == "setting":
            needed += _texts(node.args[0], constants)
        elif node.func.id == "optional_setting":
            [default] = [text for arg in node.args[1:] for text in _texts(arg, constants)] or [""]
            for name in _texts(node.args[0], constants):
                optional[name] = optional.get(name) or default
        elif node.func.id == "callers_from_environment":
            for prefix in _texts(node.args[0], constants):
                needed.append(f"{prefix}_TOKEN")
                optional |= {f"{prefix}_AUDIENCE": "", f"{prefix}_ROLE": ROLE}
    return _Module(ast.get_docstring(tree) or "", needed, optional)


def _order(name: str) -> int:
    """Who the bot is comes before where it sends."""
    who = ("MicrosoftAppId", "MicrosoftAppPassword", "MicrosoftAppTenantId")
    return who.index(name) if name in who else len(who)


def _texts(node: ast.expr, constants: dict[str, Any]) -> list[str]:
    """What an argument can be: a text, a constant of the module, or one of two texts."""
    if isinstance(node, ast.IfExp):
        return [*_texts(node.body, constants), *_texts(node.orelse, constants)]
    if isinstance(node, ast.Name):
        return [str(constants[node.id])] if node.id in constants else []
    return [str(node.value)] if isinstance(node, ast.Constant) else []
