"""A sample on a page: its code, its Run button, its story."""

from __future__ import annotations

from shipping import Missing
from shipping.obstacles import obstacle
from shipping.packing import parts
from shipping.projects import archive_name

from pages.sources import cell
from samples.runner import registry
from samples.runner.files import ROOT, SAMPLES


def sample(
    path: str, *, first: str = "", last: str = "", highlight: str = "", runs: bool = False
) -> str:
    """A file of samples/, as `listing` shows it; under a whole file, the place where it runs.

    Args:
        runs: whether the whole file can be run under a part of it too.
    """
    shown = listing(path, first=first, last=last, highlight=highlight)
    return shown if (first or last) and not runs else shown + run_in_page(path)


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
    shown = "\n".join(lines[begin : end + 1])
    language = "json" if path.endswith(".json") else "python"
    return f'```{language} {{title="samples/{path}"{marked}}}\n{shown}\n```'


def run_in_page(path: str) -> str:
    """Where the Run button of a sample goes, under its file; empty under a file that does not run.

    A sample that cannot run in the page has a line instead that says why, and the command.
    """
    sample = registry.at(path)
    if sample is None:
        return ""
    reason = "it needs pydantic-core, which is not plain Python" if sample.sdk else obstacle(sample)
    if reason:
        link = f"[Download project](/{archive_name(sample)})"
        return f"{_not_in_page(sample.name, reason)}\n\n{_own_project(link)}"
    was = " ".join(sample.old_paths)
    data = f'data-run="{sample.name}" data-file="{path}" data-was="{was}"'
    return f'\n\n<div class="run" {data}></div>\n\n{_own_project("**Download project**")}'


def _own_project(download: str) -> str:
    return (
        f"{download} has this file and all that it needs: see "
        "[In your own project](/own-project.md).\n{ .own-project }"
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
