"""The rules that Teams has for an app package."""

from __future__ import annotations

import io
import json
import lzma
import struct
import zlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from jsonschema import Draft4Validator

from samples.local_teams.model.exchange import read_json

MANIFEST = "manifest.json"
MOST = 10_000_000  # bytes that a package may unpack to; a manifest and two icons have far fewer
SIZES = {"color": 192, "outline": 32}  # pixels; facts.toml, [sources.manifest-icons]
SCHEMA = Path(__file__).with_name("MicrosoftTeams.schema.json")  # as Microsoft publishes it
# What zipfile and its decompressors raise: of passwords, unknown methods, and bytes that are none.
_UNREADABLE = (
    *(BadZipFile, RuntimeError, EOFError, OSError, OverflowError, UnicodeDecodeError),
    *(struct.error, zlib.error, lzma.LZMAError),
)
_PNG = b"\x89PNG\r\n\x1a\n"
_WITH_ALPHA = (4, 6)  # color types of PNG


def read_package(content: bytes) -> dict[str, bytes]:
    """The files of a package, by name.

    Raises:
        ValueError: it cannot be read, is too large, or its manifest is missing or in a folder.
    """
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            files = dict(_unpacked(archive))
    except _UNREADABLE:
        raise ValueError(
            "The package is not a ZIP archive that can be read. "
            "Make it with: python -m samples package"
        ) from None
    if MANIFEST in files:
        return files
    if inside := next((name for name in files if name.endswith(f"/{MANIFEST}")), ""):
        raise ValueError(
            f"The package has {inside}. Zip the files themselves, not the folder around them."
        )
    raise ValueError(f"The package has no {MANIFEST}. Make it with: python -m samples package")


def _unpacked(archive: ZipFile) -> Iterator[tuple[str, bytes]]:
    """Each file with its name, up to MOST bytes in all, whatever size the archive says it has."""
    left = MOST
    for name in archive.namelist():
        if name.endswith("/"):
            continue
        with archive.open(name) as file:
            content = file.read(left + 1)
        left -= len(content)
        if left < 0:
            raise ValueError(f"The package has over {MOST:,} bytes when it is unpacked.")
        yield name, content


def problems(files: Mapping[str, bytes]) -> Iterator[str]:
    """What Teams would refuse in a package, a sentence each with the remedy.

    Args:
        files: of the package, by name.
    """
    try:
        manifest = read_json(files[MANIFEST])
    except ValueError as error:
        yield f"{MANIFEST} is not JSON: {error}."
        return
    if not isinstance(manifest, dict):
        yield f"{MANIFEST} must be a JSON object."
        return
    found = [*_against_schema(manifest)]
    yield from found
    if not found:
        yield from _icons(manifest["icons"], files)


def _against_schema(manifest: dict[str, Any]) -> Iterator[str]:
    known = schema()["properties"]["manifestVersion"]["const"]
    if (version := manifest.get("manifestVersion")) != known:
        yield (
            f"manifestVersion is {version!r}. The rules here are those of {known!r}: "
            "change it, or validate the package in the Developer Portal."
        )
        return
    if str(known) not in str(manifest.get("$schema", known)):
        yield f"$schema names another version than manifestVersion, which is {known!r}."
    for error in Draft4Validator(schema()).iter_errors(manifest):
        where = error.json_path.removeprefix("$").removeprefix(".") or MANIFEST
        yield f"{where}: {error.message[:200]} (schema {known})."


@cache
def schema() -> dict[str, Any]:
    """Microsoft's schema of the manifest."""
    payload: dict[str, Any] = json.loads(SCHEMA.read_text("utf-8"))
    return payload


def _icons(icons: Mapping[str, str], files: Mapping[str, bytes]) -> Iterator[str]:
    for kind, size in SIZES.items():
        name = icons[kind]
        content = files.get(name)
        if content is None:
            yield f"icons.{kind} names {name}, which is not in the package. Put it there."
        elif content[:8] != _PNG or len(content) < 26:
            yield f"{name} is not a PNG. Export it as PNG, {size} × {size} pixels."
        elif (actual := struct.unpack(">II", content[16:24])) != (size, size):
            yield f"{name} is {actual[0]} × {actual[1]} pixels. It must be {size} × {size}."
        elif kind == "outline" and content[25] not in _WITH_ALPHA and b"tRNS" not in content:
            yield f"{name} has no transparency. Make it white on a transparent background."
