"""A sample on a page: its code, its Run button, its story."""

from __future__ import annotations

import ast
import textwrap

from shipping import Missing
from shipping.obstacles import obstacle
from shipping.packing import parts
from shipping.projects import archive_name

from pages.recordings import sent
from pages.repository import issue
from pages.sources import cell
from samples.facts import facts
from samples.runner import registry
from samples.runner.files import ROOT, SAMPLES

# By what follows the last point of a file's name, or by the name of a file without one.
LANGUAGES = {
    **{"json": "json", "conf": "nginx", "Dockerfile": "docker"},
    **{"mjs": "javascript", "sh": "sh"},
}


def sample(
    path: str,
    *,
    first: str = "",
    last: str = "",
    highlight: str = "",
    runs: bool = False,
    shows: str = "",
    folded: bool = False,
) -> str:
    """A file of samples/, as `listing` shows it; under a whole file, the place where it runs.

    Args:
        runs: whether the whole file can be run under a part of it too.
        shows: the part that says what the file does, `a…b`, from the line with a to the next with
            b. It is shown, and the whole file is folded below.
        folded: whether the whole file is folded, and nothing is shown.
    """
    found = registry.at(path)
    wire = sent(found) if found else ""
    if shows or folded:
        begin, _, end = shows.partition("…")
        part = listing(path, first=begin, last=end, highlight=highlight) if shows else ""
        return "\n\n".join(filter(None, [part, whole(path), wire, run_in_page(path).strip()]))
    shown = listing(path, first=first, last=last, highlight=highlight)
    if (first or last) and not runs:
        return shown
    return "\n\n".join(filter(None, [shown, wire])) + run_in_page(path)


def whole(path: str) -> str:
    """A whole file, folded; its summary says which, what it is for, and how long it is."""
    text = (SAMPLES / path).read_text("utf-8")
    count = len(text.splitlines())
    says = f" {summary}" if (summary := _first_sentence(text)) else ""
    label = f"The whole file: `samples/{path}`, {count} line{'' if count == 1 else 's'}.{says}"
    inside = "\n".join(f"    {line}" if line else "" for line in listing(path).splitlines())
    return f'??? whole "{cell(label)}"\n\n{inside}'


def _first_sentence(text: str) -> str:
    """Of a file's docstring, as a summary may have it."""
    said = ast.get_docstring(ast.parse(text)) or ""
    return said.partition("\n")[0].replace("\\", "")


def in_tabs(shows: dict[str, str]) -> str:
    """The files of a bot or a program, each in a tab: the part that says what it does, the rest
    folded.

    Args:
        shows: for each path below samples/ the part that is shown, as `sample` takes it; empty for
            a file that is short enough to be shown whole.
    """
    tabs = []
    for path, part in shows.items():
        shown = sample(path, shows=part) if part else sample(path)
        inside = "\n".join(f"    {line}" if line else "" for line in shown.splitlines())
        tabs.append(f'=== "`{path.rpartition("/")[2]}`"\n\n{inside}')
    return "\n\n".join(tabs)


def listing(path: str, *, first: str = "", last: str = "", highlight: str = "") -> str:
    """A file of samples/, whole, or from the line with `first` to the next with `last`.

    Args:
        path: the file below samples/, for example `send/to_person.py`.
        highlight: the line with this text is marked; `a…b` marks from it to the next with b.

    Raises:
        ValueError: no line has one of these texts; the build stops when a sample changes and its
            page does not.
    """
    lines = (SAMPLES / path).read_text("utf-8").splitlines()

    def find(text: str, start: int = 0) -> int:
        for number in range(start, len(lines)):
            if text in lines[number]:
                return number
        raise ValueError(f"samples/{path} has no line with {text!r} after line {start}")

    begin = find(first) if first else 0
    end = find(last, begin) if last else len(lines) - 1
    marked = ""
    if highlight:
        start, _, stop = highlight.partition("…")
        from_line = find(start, begin)
        to_line = find(stop, from_line) if stop else from_line
        marked = f' hl_lines="{from_line - begin + 1}-{to_line - begin + 1}"'
    shown = textwrap.dedent("\n".join(lines[begin : end + 1]))
    language = LANGUAGES.get(path.rpartition("/")[2].rpartition(".")[2], "python")
    return f'```{language} {{title="samples/{path}"{marked}}}\n{shown}\n```'


def run_in_page(path: str) -> str:
    """Where the Run button of a sample goes, under its file; empty under a file that does not run.

    A sample that cannot run in the page has a line instead that says why, and the command.
    """
    sample = registry.at(path)
    if sample is None:
        return ""
    reason = _of_the_sdk(sample.sdk) or obstacle(sample)
    if reason:
        link = f"[Download project](/{archive_name(sample)})"
        return f"{_not_in_page(sample.name, reason)}\n\n{_own_project(link, path)}"
    was = " ".join(sample.old_paths)
    data = f'data-run="{sample.name}" data-file="{path}" data-was="{was}"'
    return f'\n\n<div class="run" {data}></div>\n\n{_own_project("**Download project**", path)}'


def _of_the_sdk(folder: str) -> str:
    """Why a successor's samples do not run in the page; tests/successors/test_in_page.py tried."""
    reasons = (row["not_in_page"] for row in facts()["sdks"] if row.get("folder") == folder)
    return str(next(reasons, "")) if folder else ""


def _own_project(download: str, path: str) -> str:
    wrong = issue(f"samples/{path}")
    report = f" [Something wrong?]({wrong})" if wrong else ""
    return (
        f"{download} has this file and all that it needs: see "
        f"[In your own project](/own-project.md).{report}\n{{ .own-project }}"
    )


def _not_in_page(name: str, reason: str) -> str:
    return (
        f'\n\n<p class="run-not">This one does not run in the page: {reason}. '
        f"Run it on your machine: <code>make run SAMPLE={name}</code></p>"
    )


def story(name: str) -> str:
    """The story of a sample: what people do in Teams while it runs."""
    file = registry.find(name).story
    text = file.read_text("utf-8").rstrip()
    return f'```toml {{title="{file.relative_to(ROOT).as_posix()}"}}\n{text}\n```'


def message_file() -> str:
    """The message that a broadcast sends when it is given none."""
    home = registry.find("broadcast").home
    return listing((home / "notice.json").relative_to(SAMPLES).as_posix())


def shipped() -> str:
    """The table of what Run in the page ships, with licenses, and where their texts are."""
    try:
        rows = parts()["shipped"]
    except Missing as missing:
        return f"This site was built without what runs code in the page: {missing}."
    lines = ["| What | Version | License | From |", "|---|---|---|---|"]
    lines += [
        f"| {r['name']} | {r['version']} | {cell(r['license'])} | {r['from']} |" for r in rows
    ]
    link = '<a href="../../assets/run/licenses.txt">The texts of these licenses</a>'
    return "\n".join([*lines, "", f"{link}, as they come with each."])
