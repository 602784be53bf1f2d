"""A page as plain Markdown, for readers who are programs: what Material adds to Markdown undone."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

FENCE = re.compile(r"^ *(`{3,})")
TITLE = re.compile(r'^( *`{3,})(\w+) \{[^}\n]*?title="([^"]*)"[^}\n]*\}$')
TAB = re.compile(r'^( *)(?:===!?|!!!|\?\?\?\+?) ?(?:[\w-]+ ?)?"([^"]*)"$')
LINK = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)( \"[^\"]*\")?\)")
INLINE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)")
CODE = re.compile(r"<code>(.*?)</code>", re.S)
HIDDEN = re.compile(r"<(template|script|style|svg)\b.*?</\1>|<!--.*?-->|<wbr>", re.S)
ELEMENT = re.compile(r"</?(?:[a-z][\w-]*)(?:\s[^<>]*)?>")
KEPT = re.compile(r"<br ?/?>")
ATTRIBUTES = re.compile(
    r" *\{:? *[.#][^{}\n]*\}|^\*\[[^\]]+\]: .*$", re.M
)  # and of terms, what they mean


def as_markdown(text: str, lead: Callable[[str], str]) -> str:
    """The Markdown of a page, after its macros, as it reads without a browser.

    Tabs and folds become their titles and what is in them. The name of a block's file goes into the
    line before the block. Elements of HTML go, and what they have to say stays.

    Args:
        lead: gives the full address of what a link names.
    """
    parts = [
        "\n".join(part) if code else _prose("\n".join(part), lead)
        for code, part in _split(_level(text.splitlines()))
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _level(lines: Iterable[str]) -> list[str]:
    """The lines of tabs, notes and folds, as if they were not inside of them."""
    level: list[str] = []
    depths: list[int] = []  # how far what is inside of those is indented that are open
    fence = ""
    for line in lines:
        indent = len(line) - len(line.lstrip())
        while line.strip() and not fence and depths and indent < depths[-1]:
            depths.pop()
        line = line[min(indent, depths[-1] if depths else 0) :]
        if found := FENCE.match(line):
            fence = "" if fence and found[1] == fence else fence or found[1]
        opened = None if fence else TAB.match(line)
        if opened:
            depths.append((depths[-1] if depths else 0) + len(opened[1]) + 4)
            line = f"{opened[1]}**{html.unescape(opened[2])}**\n" if opened[2] else ""
        level += line.split("\n")
    return level


def _split(lines: Iterable[str]) -> Iterable[tuple[bool, list[str]]]:
    """The lines in turn as prose and as blocks of code, each with whether it is code."""
    part: list[str] = []
    fence = ""
    for line in lines:
        found = FENCE.match(line)
        if found and not fence:
            yield False, part
            fence, part = found[1], []
            if titled := TITLE.match(line):
                part = [f"`{titled[3]}`:", "", f"{titled[1]}{titled[2]}"]
                continue
        part.append(line)
        if found and len(part) > 1 and line.strip() == fence:
            yield True, part
            fence, part = "", []
    yield bool(fence), part


def _prose(text: str, lead: Callable[[str], str]) -> str:
    quoted: list[str] = []

    def quote(found: re.Match[str]) -> str:
        quoted.append(found[0])
        return f"\0{len(quoted) - 1}\0"

    text = HIDDEN.sub("", INLINE.sub(quote, text))
    text = re.sub(r"<summary>(.*?)</summary>", r"\n**\1**\n", text, flags=re.S)
    text = CODE.sub(lambda found: f"`{html.unescape(found[1])}`", text)
    text = re.sub(r"</?strong>", "**", text)
    text = ELEMENT.sub(lambda found: found[0] if KEPT.fullmatch(found[0]) else "", text)
    text = ATTRIBUTES.sub("", text)
    text = LINK.sub(lambda found: f"[{found[1]}]({lead(found[2])}{found[3] or ''})", text)
    text = "\n".join(line.rstrip() for line in text.splitlines())
    text = re.sub("\0(\\d+)\0", lambda found: quoted[int(found[1])], text)
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n")


def read_notebook(path: Path) -> NotebookNode:
    """A notebook, as its cells."""
    notebook: NotebookNode = nbformat.reads(path.read_text("utf-8"), as_version=4)
    return notebook


def notebook_as_markdown(notebook: NotebookNode) -> str:
    """A notebook with outputs: its texts, its code and what the code printed."""
    parts = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            parts.append(cell.source)
        elif cell.cell_type == "code":
            parts.append(f"```python\n{cell.source}\n```")
            printed = "".join(out.text for out in cell.outputs if out.output_type == "stream")
            if printed:
                parts.append(f"Output:\n\n```text\n{printed.rstrip()}\n```")
    return "\n\n".join(parts)
