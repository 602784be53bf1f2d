"""A sample as a project of its own: its files, packages and variables."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from samples.runner.files import SAMPLES
from samples.runner.registry import Sample
from shipping.needs import needs


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
