"""In your own project: what a reader takes along, and the shared code."""

from __future__ import annotations

import ast
import re
from importlib.metadata import version
from pathlib import Path

from shipping.needs import needs
from shipping.projects import about

from pages.samples import listing
from pages.sources import cell
from samples.runner.files import ROOT, SAMPLES
from samples.runner.registry import Sample, everything, samples

SHARED, DOCS = SAMPLES / "shared", ROOT / "docs"
REFERENCE = "/reference/shared-code.md"
FEW = 4  # so many samples are named; of more, only the number
WITH = {"": "`botbuilder-core`", "agents_sdk": "the Agents SDK", "teams_sdk": "the Teams SDK"}


def project_packages() -> str:
    """The table of the packages that samples import, with versions, and which samples do."""
    users: dict[str, list[Sample]] = {}
    for sample in everything():
        for name in needs([sample.start]):
            users.setdefault(name, []).append(sample)
    lines = ["| Package | Version | Imported by |", "|---|---|---|"]
    lines += [
        f"| `{name}` | {version(name)} | {_named(users[name])} |"
        for name in sorted(users, key=lambda name: (-len(users[name]), name))
    ]
    return "\n".join(lines)


def project_files() -> str:
    """The table of samples/shared: what each file is for, and which samples take it along."""
    users: dict[Path, list[Sample]] = {}
    for sample in everything():
        for path in sample.files():
            users.setdefault(path, []).append(sample)
    lines = ["| File | What it is for | Goes with |", "|---|---|---|"]
    lines += [
        f"| [`{_below(path)}`]({REFERENCE}#{_anchor(path)}) | {cell(about(path))} "
        f"| {_named(users.get(path, []))} |"
        for path in _files()
    ]
    return "\n".join(lines)


def shared_code() -> str:
    """Every file of samples/shared: what it is for, what it offers, and the whole code, folded.

    A file that is whole on another page leads there instead, which keeps this one light.
    """
    parts = []
    pages = {page: page.read_text("utf-8") for page in sorted(DOCS.rglob("*.md"))}
    for path in _files():
        parts.append(f"### `{_below(path)}` {{ #{_anchor(path)} }}\n\n{about(path)}")
        if offered := _offered(ast.parse(path.read_text("utf-8"))):
            parts.append("\n".join(offered))
        page = _page_with(path, pages)
        if page:
            link = f"[{_title(page, pages[page])}](/{page.relative_to(DOCS).as_posix()})"
            parts.append(f"The whole file is on {link}.")
        else:
            parts.append(_folded(path))
    return "\n\n".join(parts)


def _files() -> list[Path]:
    """The files of samples/shared with something in them, those of its folders last."""
    found = [path for path in SHARED.rglob("*.py") if path.read_text("utf-8").strip()]
    return sorted(found, key=lambda path: (path.parent, path.name))


def _page_with(path: Path, pages: dict[Path, str]) -> Path | None:
    """The one of these pages that shows a file whole."""
    name = path.relative_to(SAMPLES).as_posix()
    call = re.compile(rf'"{re.escape(name)}"(?:\)|:|, (?:shows|folded)=)')  # `sample`, `in_tabs`
    return next((page for page, text in pages.items() if name in text and call.search(text)), None)


def _title(page: Path, text: str) -> str:
    heading = re.search("^# (.+)$", text, re.M)
    return heading[1] if heading else page.stem


def _below(path: Path) -> str:
    return path.relative_to(SHARED).as_posix()


def _anchor(path: Path) -> str:
    return _below(path).removesuffix(".py").replace("/", "-").replace("_", "-")


def _named(users: list[Sample]) -> str:
    for sdk, name in WITH.items():
        if users == list(samples(sdk).values()):
            return f"every sample with {name}"
    if users == everything():
        return "every sample"
    if len(users) > FEW:
        return f"{len(users)} samples"
    return ", ".join(f"`{sample.name}`" for sample in users)


def _folded(path: Path) -> str:
    shown = listing(path.relative_to(SAMPLES).as_posix())
    inside = "\n".join(f"    {line}" if line else "" for line in shown.splitlines())
    return f'??? example "The whole file"\n\n{inside}'


def _offered(module: ast.Module | ast.ClassDef, indent: str = "") -> list[str]:
    """A list item for each public function, class and method that has a docstring."""
    lines = []
    for node in module.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        docstring = ast.get_docstring(node)
        if node.name.startswith("_") or not docstring:
            continue
        first = docstring.partition("\n\n")[0].replace("\n", " ")
        lines.append(f"{indent}- `{_signature(node)}`: {first}")
        if isinstance(node, ast.ClassDef):
            lines += _offered(node, f"{indent}    ")
    return lines


def _signature(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> str:
    if isinstance(node, ast.ClassDef):
        return f"class {node.name}"
    if any(isinstance(one, ast.Name) and one.id == "property" for one in node.decorator_list):
        return node.name
    kind = "async " if isinstance(node, ast.AsyncFunctionDef) else ""
    gives = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    arguments = ast.unparse(node.args)
    for own in ("self, ", "self", "cls, ", "cls"):
        if arguments.startswith(own):
            arguments = arguments.removeprefix(own)
            break
    return f"{kind}{node.name}({arguments}){gives}"
