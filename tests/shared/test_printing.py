"""What others wrote reaches a terminal without the characters that would change it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from samples.shared.printing import one_line
from tests.support import ROOT

OF_OTHERS = {"name", "user_name", "display_name", "given_name", "text", "topic", "title"}


def test_control_characters_are_escaped() -> None:
    assert one_line("Eve\x1b[2J\r\n\u202eEve") == r"Eve\x1b[2J\r\n\u202eEve"
    assert one_line("Zoë 👩\u200d🚀") == "Zoë 👩\u200d🚀"


def unescaped(tree: ast.AST) -> Iterator[str]:
    """What a program prints of people's names and words without `one_line`."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "one_line":
            continue
        if isinstance(node, ast.Attribute) and node.attr in OF_OTHERS:
            yield ast.unparse(node)
        yield from unescaped(node)


def test_no_sample_prints_a_name_as_it_came() -> None:
    texts = {
        path: text
        for room in ("send", "prepare", "well", "agents_sdk", "teams_sdk")
        for path in (ROOT / "samples" / room).rglob("*.py")
        if "print(" in (text := path.read_text("utf-8"))
    }
    assert len(texts) > 40
    printed = {
        f"{path.name}: {found}"
        for path, text in texts.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
        for found in unescaped(node)
    }
    assert printed == set()
