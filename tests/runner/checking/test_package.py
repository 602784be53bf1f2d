"""What the check says of the package, against the settings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from samples.runner.app_package.making import package_files
from samples.runner.checking.package import check_package

APP = "858906d1-e477-4808-8c13-c551b6e26112"
OTHER = "7f0fb1c6-0000-4000-8000-000000000000"


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Writes our package with other parts of the manifest, and names it."""
    monkeypatch.setenv("MicrosoftAppId", APP)

    def write(**changed: Any) -> Path:
        files = package_files()
        manifest = json.loads(files["manifest.json"]) | changed
        files["manifest.json"] = json.dumps(manifest).encode()
        with ZipFile(tmp_path / "app.zip", "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return tmp_path / "app.zip"

    return write


def found(path: Path) -> list[tuple[str, str]]:
    return [(finding.kind, finding.text) for finding in check_package(path)]


def test_our_package_is_the_bots(package: Any) -> None:
    [(kind, text)] = found(package())
    assert (kind, text) == (
        "ok",
        "app.zip follows the rules of its schema, and its IDs are the bot's.",
    )


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (
            {"bots": [{"botId": OTHER, "scopes": ["personal", "team", "groupChat"]}]},
            [("wrong", f"app.zip: bots[0].botId is {OTHER}, and MicrosoftAppId is {APP}. Make")],
        ),
        (
            {"webApplicationInfo": {"id": OTHER, "resource": "api://x"}},
            [("wrong", f"app.zip: webApplicationInfo.id is {OTHER}, and MicrosoftAppId is {APP}.")],
        ),
        (
            {"bots": [{"botId": APP, "scopes": ["personal"]}]},
            [
                ("note", "app.zip: bots[0].scopes lacks team: the bot cannot send to channels and"),
                ("note", "app.zip: bots[0].scopes lacks groupChat: the bot cannot send to group"),
                ("ok", "app.zip follows"),
            ],
        ),
        ({"bots": []}, [("wrong", "app.zip: the manifest has no bots. Add one")]),
        ({"accentColor": "blue"}, [("wrong", "app.zip: accentColor: 'blue' does not match")]),
    ],
)
def test_what_is_not_the_bots_is_named(
    package: Any, changed: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    lines = found(package(**changed))
    assert len(lines) == len(expected)
    for (kind, text), (expected_kind, beginning) in zip(lines, expected, strict=True):
        assert kind == expected_kind and text.startswith(beginning)


def test_the_id_that_the_samples_install_is_the_manifests(
    package: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = package()
    monkeypatch.setenv("TEAMS_APP_MANIFEST_ID", OTHER)
    [(kind, text)] = found(path)
    assert kind == "wrong" and f"and TEAMS_APP_MANIFEST_ID is {OTHER}. Set" in text


def test_what_is_no_package_is_named(tmp_path: Path) -> None:
    path = tmp_path / "app.zip"
    note = f"There is no package at {path}. To make one: python -m samples package"
    assert found(path) == [("note", note)]
    (tmp_path / "app.zip").write_bytes(b"no archive")
    [(kind, text)] = found(tmp_path / "app.zip")
    assert (kind, text.partition(".")[0]) == ("wrong", "app")
    assert "The package is not a ZIP archive that can be read." in text
