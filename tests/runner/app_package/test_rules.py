"""What Teams refuses in a package, each refusal provoked."""

from __future__ import annotations

import io
import json
import struct
import zlib
from typing import Any
from zipfile import ZipFile

import pytest

from samples.runner.app_package.rules import problems, read_package
from tests.support import ROOT

APP = ROOT / "samples" / "prepare" / "app"


def png(width: int, height: int, color_type: int) -> bytes:
    """The head of a PNG."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, color_type, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))


def package(**changed: Any) -> dict[str, bytes]:
    """Our package with other parts of the manifest; None leaves a part out."""
    files = {path.name: path.read_bytes() for path in (*APP.glob("*.png"), APP / "manifest.json")}
    manifest = json.loads(files["manifest.json"]) | changed
    kept = {name: value for name, value in manifest.items() if value is not None}
    return files | {"manifest.json": json.dumps(kept).encode()}


def test_ours_is_taken() -> None:
    assert [*problems(package())] == []
    assert json.loads(package()["manifest.json"])["bots"][0]["scopes"] == [
        "personal",
        "team",
        "groupChat",
    ]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"icons": None}, "manifest.json: 'icons' is a required property (schema 1.25)."),
        ({"name": {"short": "x" * 31, "full": "x"}}, "name.short: 'xxxxxxxxxxxxxxx"),
        ({"id": "contoso"}, "id: 'contoso' does not match"),
        ({"accentColor": "indigo"}, "accentColor: 'indigo' does not match"),
        (
            {"bots": [{"botId": "858906d1-e477-4808-8c13-c551b6e26112", "scopes": ["groupchat"]}]},
            "bots[0].scopes[0]: 'groupchat' is not one of",
        ),
        ({"bot": []}, "manifest.json: Additional properties are not allowed ('bot' was"),
        ({"manifestVersion": "1.17"}, "manifestVersion is '1.17'. The rules here are those of"),
        (
            {"$schema": "https://developer.microsoft.com/json-schemas/teams/v1.17/MicrosoftTeams"},
            "$schema names another version than manifestVersion, which is '1.25'.",
        ),
    ],
)
def test_what_the_schema_refuses_is_named(changed: dict[str, Any], expected: str) -> None:
    [found] = problems(package(**changed))
    assert found.startswith(expected)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"color.png": png(96, 96, 6)}, "color.png is 96 × 96 pixels. It must be 192 × 192."),
        ({"outline.png": png(32, 32, 2)}, "outline.png has no transparency. Make it white on"),
        ({"outline.png": b"GIF89a"}, "outline.png is not a PNG. Export it as PNG, 32 × 32"),
        ({"manifest.json": b"{,}"}, "manifest.json is not JSON: "),
        ({"manifest.json": b"[]"}, "manifest.json must be a JSON object."),
    ],
)
def test_what_is_wrong_with_a_file_is_named(files: dict[str, bytes], expected: str) -> None:
    [found] = problems(package() | files)
    assert found.startswith(expected)


def test_an_icon_that_is_missing_is_named() -> None:
    files = package()
    del files["color.png"]
    assert [*problems(files)] == [
        "icons.color names color.png, which is not in the package. Put it there."
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("app/manifest.json", "Zip the files themselves"), ("read.me", "has no manifest.json")],
)
def test_an_archive_without_the_manifest_at_its_top_is_refused(name: str, expected: str) -> None:
    packed = io.BytesIO()
    with ZipFile(packed, "w") as archive:
        archive.writestr(name, "{}")
    with pytest.raises(ValueError, match=expected):
        read_package(packed.getvalue())
    with pytest.raises(ValueError, match="not a ZIP archive"):
        read_package(b"no archive")
