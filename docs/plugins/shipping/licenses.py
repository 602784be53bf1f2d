"""Lists what is shipped to the page, and under which licenses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from zipfile import ZipFile

from shipping import NODE


def packages_of(inputs: Iterable[str]) -> list[Path]:
    """The folders of the npm packages that are shipped: as they are, or in a bundle."""
    found = {NODE / "pyodide"}
    for name in inputs:
        if inside := re.match(r"node_modules/((?:@[^/]+/)?[^/]+)/", name):
            found.add(NODE / inside[1])
    return sorted(found)


def licenses(wheels: list[Path], packages: list[Path]) -> tuple[str, list[dict[str, str]]]:
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
        about = json.loads((package / "package.json").read_text("utf-8"))
        rows.append({key: about[key] for key in ("name", "version", "license")} | {"from": "npm"})
        texts += [
            f"{about['name']} {about['version']}\n\n{path.read_text('utf-8')}"
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
    """The license of a package: its expression, its short name, or its classifiers."""
    license = str(metadata["License-Expression"] or metadata["License"] or "")
    if license and "\n" not in license and len(license) < 40:
        return license
    return ", ".join(
        one.rpartition(" :: ")[2]
        for one in metadata.get_all("Classifier") or []
        if one.startswith("License")
    )
